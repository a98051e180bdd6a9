// What the gate runs of millrace itself: a second to warm up, three flat out, through the wire client.
export const options = {
  scenarios: { flat: { executor: 'constant-vus', vus: 4, duration: '4s' } },
  ext: { millrace: { warmup: '1s', partitions: 4, recordSize: 100, workers: 1 } },
}
