// Nothing is left behind when the process that started a cluster dies, however it dies: a shell holds the other end of
// a pipe, and the kernel closes that pipe even after SIGKILL. End of input then means: kill the brokers, remove the files.
import { spawn } from 'node:child_process'

export interface Watchdog {
  watch(pid: number): void
  /** The process has ended by itself: its id may soon be somebody else's. */
  forget(pid: number): void
  /** Does the same work at once and waits for it. */
  close(): Promise<void>
}

const script = `
PATH="$PATH:/usr/bin:/bin"
pids=' '
while read -r verb pid; do
  case $verb in
    watch) pids="$pids$pid " ;;
    forget) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
[ -z "$2" ] || umount -l "$2"
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`

/** `mounted`: a file system below the directory that was mounted for it. */
export function startWatchdog(dir: string, mounted?: string): Watchdog {
  // Its own session: a Ctrl-C on the terminal goes to the whole foreground group and must not end the watchdog first.
  const shell = spawn('/bin/sh', ['-c', script, 'sh', dir, mounted ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve, reject) => {
    shell.once('error', reject)
    shell.once('close', () => resolve())
  })
  // A broker may end after the watchdog was closed or killed by hand; there is nobody left to tell then.
  shell.stdin.on('error', () => shell.stdin.destroy())
  const tell = (line: string) => {
    if (shell.stdin.writable) shell.stdin.write(line)
  }
  return {
    watch: pid => tell(`watch ${pid}\n`),
    forget: pid => tell(`forget ${pid}\n`),
    close: async () => {
      shell.stdin.end()
      await ended
    },
  }
}
