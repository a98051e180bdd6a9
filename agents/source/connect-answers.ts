// What workers of Kafka Connect answer, as far as it is used.
import { z } from 'zod'

const placed = { state: z.string(), worker_id: z.string() }

export const workerSchema = z.object({ version: z.string() })
export const connectorsSchema = z.record(
  z.string(),
  z.object({
    status: z.object({
      connector: z.object(placed),
      tasks: z.array(z.object({ id: z.int(), ...placed })),
      type: z.string().optional(),
    }),
    info: z.object({ config: z.record(z.string(), z.string().nullable()) }),
  }),
)

export interface ConnectAnswer {
  readonly version: string
  readonly connectors: z.infer<typeof connectorsSchema>
}
