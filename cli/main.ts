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
  import('./program.ts').then(({ runProcess }) => runProcess())
}
