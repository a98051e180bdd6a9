#!/usr/bin/env node
// The bin. It checks Node before anything is loaded that an older Node could stumble over with a riddle of its own, so
// it imports nothing and uses nothing new.
const nodeMajorMin = 24
const exitCodeInvalid = 104

const nodeVersion = process.versions.node
if (Number(nodeVersion.split('.')[0]) < nodeMajorMin) {
  process.stderr.write(
    `error CONFIG_INVALID: millrace needs Node ${nodeMajorMin} or newer, and this is Node ${nodeVersion} (${process.execPath})\n` +
      `hint: Install Node ${nodeMajorMin} (https://nodejs.org, or nvm install ${nodeMajorMin}) and put it first in the PATH.\n`,
  )
  process.exitCode = exitCodeInvalid
} else {
  // Node keeps what it has compiled in its cache folder, which halves the start of every later command, workers included.
  import('node:module')
    .then(({ enableCompileCache }) => {
      const directory = enableCompileCache?.().directory
      // Workers look at the environment alone.
      if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
    })
    .then(() => import('./program.ts'))
    .then(({ runProcess }) => runProcess())
}
