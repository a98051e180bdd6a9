// How much is fuzzed, and from which seed: little by default, what `npm run fuzz` asks for otherwise.
export const fuzzFrames = Number(process.env.MILLRACE_FUZZ_FRAMES ?? 20_000)
export const fuzzSeed = Number(process.env.MILLRACE_FUZZ_SEED ?? 20_260)

/** For messages of what fails. */
export const rerun = `to see it again: npm run fuzz -- --frames ${fuzzFrames} --seed ${fuzzSeed}`
