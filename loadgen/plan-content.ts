// What the records of a run are, as plain data: sizes, keys, values.
/** Bytes of the record value. */
export type SizePlan =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly bytesMin: number; readonly bytesMax: number }
  | { readonly kind: 'weighted'; readonly buckets: readonly SizeBucket[] }

export interface SizeBucket {
  readonly bytesMin: number
  readonly bytesMax: number
  readonly weight: number
}

export type KeyPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'sequential' }
  | { readonly kind: 'uniform'; readonly count: number }
  /** Zipf over `count` keys: key k (from 1) is drawn with probability proportional to 1 / k^exponent. */
  | { readonly kind: 'zipf'; readonly count: number; readonly exponent: number }
  /** One hot key gets this share (0 to 1) of the records, the rest is uniform over 100,000 keys. */
  | { readonly kind: 'hot'; readonly share: number }
  /** The numbers 0 to `count` - 1 as decimal text, so of several lengths, as Kafka's own perf tests make keys. */
  | { readonly kind: 'numbers'; readonly count: number; readonly draw: 'in-turn' | 'random' }
  /** Those of a size-and-key profile, in its order; some records may have none. */
  | { readonly kind: 'replay'; readonly path: string }

export type PayloadPlan =
  | { readonly kind: 'random' }
  | { readonly kind: 'text' }
  | { readonly kind: 'json'; readonly template: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Upper-case letters at random, as Kafka's own perf tests make them. */
  | { readonly kind: 'letters' }
  /** Each value is one of the file's, drawn at random; the values end where the delimiter (a regular expression) matches. */
  | { readonly kind: 'values'; readonly path: string; readonly delimiter?: string }
  /** The number of the record, from 0, as decimal text. */
  | { readonly kind: 'sequence' }
  /** Random bytes, as many as the records of a size-and-key profile have, in its order. */
  | { readonly kind: 'replay'; readonly path: string }
  | EncodedPayload

/** Values by a schema: drawn from a pool that is encoded before the run. */
export interface EncodedPayload {
  readonly kind: 'encoded'
  readonly format: 'avro' | 'protobuf'
  readonly schema: string
  /** Protobuf: which message of the file; absent: the first. */
  readonly message?: string
  /** A JSON template of the value; absent: fields are made up by their types. */
  readonly template?: string
  readonly subjectStrategy: SubjectStrategy
  /** Once the registry has told it; absent without a registry: the bare encoding. */
  readonly schemaId?: number
  readonly subject?: string
}

/** As Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy. */
export type SubjectStrategy = 'topic' | 'record' | 'topic-record'
