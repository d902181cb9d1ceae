// Shims over Linux system calls that Swift's Glibc module does not show, or shows awkwardly.
// Declarations only: system headers stay in the .c files, because _GNU_SOURCE in a header that
// Swift imports conflicts with the Glibc module.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/// Opens for reading, closed on exec; the descriptor, or -errno.
int clinux_open(const char *path);

/// The same, relative to the folder that `folder` has open.
int clinux_openat(int folder, const char *path);

/// Reads from the start of the file until it ends or `count` bytes are there; -errno on failure.
long clinux_pread_all(int descriptor, void *buffer, size_t count);

/// Reads directory entries in the kernel's own layout (linux_dirent64); bytes, 0 at the end, or -errno.
long clinux_getdents(int descriptor, void *buffer, size_t count);

/// Sets the directory back to its first entry.
int clinux_rewind(int descriptor);

/// A NETLINK_ROUTE (0) or NETLINK_SOCK_DIAG (4) socket, non-blocking; the descriptor, or -errno.
int clinux_netlink_open(int protocol);

/// Asks for a dump of links (RTM_GETLINK) or neighbours (RTM_GETNEIGH); 0 or -errno.
int clinux_netlink_request(int descriptor, uint16_t type, uint8_t family, uint32_t sequence);

/// Asks for a dump of the counters alone of all links (RTM_GETSTATS, since Linux 4.7); 0 or -errno.
int clinux_netlink_request_stats(int descriptor, uint32_t sequence);

/// Asks for a dump of TCP sockets of `family` in `states`, a bit each, by inet_diag; 0 or -errno.
int clinux_netlink_request_tcp(int descriptor, uint8_t family, uint32_t states, uint32_t sequence);

/// Receives one datagram of an answer, waiting at most `milliseconds`; bytes, or -errno.
long clinux_netlink_receive(int descriptor, void *buffer, size_t count, int milliseconds);

/// adjtimex(2) as it reads: the clock's state in `fields`, in the order of the enum below; state or -errno.
enum {
    CLINUX_TIMEX_OFFSET, CLINUX_TIMEX_FREQUENCY, CLINUX_TIMEX_MAXERROR, CLINUX_TIMEX_ESTERROR,
    CLINUX_TIMEX_STATUS, CLINUX_TIMEX_CONSTANT, CLINUX_TIMEX_TICK, CLINUX_TIMEX_PPSFREQ,
    CLINUX_TIMEX_JITTER, CLINUX_TIMEX_SHIFT, CLINUX_TIMEX_STABIL, CLINUX_TIMEX_JITCNT,
    CLINUX_TIMEX_CALCNT, CLINUX_TIMEX_ERRCNT, CLINUX_TIMEX_STBCNT, CLINUX_TIMEX_TAI,
    CLINUX_TIMEX_FIELDS
};
int clinux_adjtimex(int64_t *fields);

/// A timer that expires each `nanoseconds`, aligned to whole multiples of CLOCK_REALTIME; descriptor or -errno.
int clinux_timer(uint64_t nanoseconds);

/// Forgets the pages of our own code that are mapped: what is used again comes back from the page cache.
void clinux_drop_code(void);

/// A descriptor that becomes readable on SIGTERM, SIGINT, SIGHUP (blocked from here on); or -errno.
int clinux_signals(void);

/// A pipe, its ends closed on exec and never blocking: `ends[0]` is read, `ends[1]` written; 0 or -errno.
int clinux_pipe(int ends[2]);

/// Starts a child that shares nothing but the pipe: it runs `body` and never returns. The child's pid, or -errno.
int clinux_helper(void (*body)(int output, void *context), void *context, int *output);

/// What statfs(2) said of one path, as the child that asks writes it.
struct clinux_statfs {
    uint32_t state;
    int32_t error;
    uint64_t block_bytes, blocks, free, available, files, files_free;
};
enum { CLINUX_STATFS_WAITING, CLINUX_STATFS_ASKED, CLINUX_STATFS_ANSWERED };

/// Zeroed memory for `count` answers that a child shares; NULL when there is none.
struct clinux_statfs *clinux_statfs_map(size_t count);
void clinux_statfs_unmap(struct clinux_statfs *answers, size_t count);

/// Starts a child that asks for each of the `count` paths, which stand one after another with their NULs, in order; the
/// pipe's other end closes when it is done. The child's pid, or -errno.
int clinux_statfs_start(const char *paths, size_t count, struct clinux_statfs *answers, int *output);

/// How far the child is with one answer: what it wrote before is seen by who reads this.
uint32_t clinux_statfs_state(const struct clinux_statfs *answer);

/// Ends the child and reaps it as soon as the kernel lets it go; see clinux_reap.
void clinux_kill(int pid);

/// Whether the child has ended and was reaped, by us or by the kernel.
int clinux_reap(int pid);

/// Puts this program, read from its file again, in the place of the process, with these words: the same pid, no open descriptor but
/// the standard ones, no thread. Returns where that fails: -errno.
int clinux_start_anew(char *const argv[]);

/// Starts `argv` (looked for on PATH) in a session of its own with default signals; `ends` gets our ends of its
/// standard input, output and error. The pid, or -errno.
int clinux_spawn(char *const argv[], int ends[3]);

/// SHA-256 of what `descriptor` holds from its beginning, read in place. The bytes that were read, or -errno.
long long clinux_sha256(int descriptor, uint8_t digest[32]);

/// Gives a pipe room for so many bytes; the bytes that it has, or -errno (beyond /proc/sys/fs/pipe-max-size).
int clinux_widen_pipe(int descriptor, int bytes);

/// Remembers the terminal's modes as they are; 0 or -errno.
int clinux_terminal_save(int descriptor);

/// From here on every way out of the process, crashes among them, writes `bytes` (512 at most) and sets the saved modes.
/// Called on the thread that draws: its stack overflows are covered too.
void clinux_terminal_guard(const void *bytes, size_t count);

/// Gives the terminal back now; once, until it is guarded again. Async-signal-safe.
void clinux_terminal_restore(void);

/// The same for who has sent bytes of that kind already: only sets the modes.
void clinux_terminal_release(void);

/// The terminal's columns and rows; 0 or -errno.
int clinux_terminal_size(int descriptor, int *columns, int *rows);

/// Tells the terminal how large its window is, as emulators do; 0 or -errno.
int clinux_terminal_set_size(int descriptor, int columns, int rows);

/// A descriptor, the same each time, from which the numbers of SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP and SIGCONT
/// are read as they come, a byte each; or -errno. Who does not end within 5 seconds of SIGTERM or SIGHUP is ended.
int clinux_signal_pipe(void);

/// Stops this job, as ctrl-z does; returns when it is continued, and at once where nobody could continue it.
void clinux_stop(void);

/// Ends the process as `number` would have, had nobody caught it.
void clinux_end_by_signal(int number);

/// Runs a program with the terminal as its standard streams and waits for its end: its exit status, 128 and the signal
/// that ended it, or -errno when it could not be started. Suspending it suspends this program too.
int clinux_run_foreground(char *const argv[], int descriptor);

/// What comes before the bytes of one file that a reading child has read: which path it was, how many bytes or -errno, and
/// when the file was last changed, in milliseconds since 1970.
struct clinux_read_answer {
    uint32_t place;
    int32_t length;
    int64_t modified;
};
enum { CLINUX_READ_MAX = 1 << 18 };

/// Starts a child that reads the `count` files whose paths stand one after another with their NULs, up to their limits
/// in bytes (CLINUX_READ_MAX at most), and writes an answer and its bytes for each, in order; of a folder the bytes are its
/// entries as linux_dirent64. What is neither file nor folder is not read (EINVAL). Its pid, or -errno.
int clinux_read_start(const char *paths, const uint32_t *limits, size_t count, int *output);

/// A non-blocking stream socket connected to the one at `path`, or -errno: -EAGAIN when nobody takes connections there.
int clinux_connect_unix(const char *path);

/// A non-blocking socket that listens at `path`, where nothing may be, with that mode; or -errno.
int clinux_listen_unix(const char *path, uint32_t mode);

/// Takes a connection and says whose it is; a non-blocking descriptor, or -errno: -EAGAIN where nobody waits.
int clinux_accept_unix(int listener, uint32_t *user);

/// send(2) without a signal when the other end is gone; bytes, or -errno.
long clinux_send(int descriptor, const void *bytes, size_t count);

/// What a followed file is: device, inode and time of birth name it, as statx(2) has them.
struct clinux_facts {
    uint64_t device, inode;
    /// Nanoseconds since the Unix epoch; birth is 0 where the filesystem does not keep it.
    int64_t birth, modified;
    uint64_t size;
    /// The type and permissions as in inode(7), and the count of names.
    uint32_t mode, links;
};

/// Facts of the file that `name` is in `folder` (AT_FDCWD for a path), through symbolic links or not; 0 or -errno.
int clinux_facts_at(int folder, const char *name, int follows_links, struct clinux_facts *facts);

/// The same of an open file.
int clinux_facts(int descriptor, struct clinux_facts *facts);

/// Where data begins at or after `offset`: past a hole; -errno, -ENXIO where nothing but a hole is left.
int64_t clinux_next_data(int descriptor, int64_t offset);

/// Whether changes by others may go unseen by inotify there: network, FUSE and overlay filesystems; or -errno.
int clinux_is_remote(const char *path);

/// An inotify descriptor, non-blocking; or -errno.
int clinux_watches(void);

/// Watches a folder for names that come and go and for files that are written to; the watch, or -errno.
int clinux_watch_folder(int watches, const char *path);

/// Watches one file, through symbolic links; the watch, or -errno.
int clinux_watch_file(int watches, const char *path);

int clinux_unwatch(int watches, int watch);

enum {
    CLINUX_WATCH_WRITTEN = 1, CLINUX_WATCH_NAMES = 2, CLINUX_WATCH_GONE = 4, CLINUX_WATCH_OVERFLOW = 8,
    CLINUX_WATCH_ATTRIBUTES = 16
};
/// The event at `offset` of what was read from a watch descriptor: its end, or -1 where none is whole. `kinds` are the
/// bits above; the name is the bytes from `name` on, `name_count` of them.
long clinux_watch_event(const void *bytes, size_t count, size_t offset, int *watch, int *kinds, size_t *name, size_t *name_count);

/// Takes the exclusive lock of an open file without waiting; 0, -EWOULDBLOCK where another has it, or -errno.
int clinux_lock(int descriptor);

/// Bytes of the filesystem that `path` is on: free for ordinary users, and all; 0 or -errno.
int clinux_space(const char *path, uint64_t *free_bytes, uint64_t *all_bytes);

/// Nanoseconds of CPU that this thread has used.
uint64_t clinux_thread_cpu(void);

/// A descriptor that becomes readable when somebody writes eight bytes to it; or -errno.
int clinux_bell(void);

/// A hook to run: `argv[0]` is a path, `envp` its whole environment, `folder` where it runs. It reads `input`, and `secret`
/// is its descriptor 3 where it is not negative. `result` is a file that notes how it ended, also where nobody listens
/// any more; its lock, if it has one, is held until the last of the hook's processes is gone. May be negative.
struct clinux_hook {
    char *const *argv;
    char *const *envp;
    const char *folder;
    int input, secret, result;
    /// After `deadline_ms` the whole tree gets TERM, and KILL `grace_ms` later.
    int64_t deadline_ms, grace_ms;
};
/// What is told of a hook, in this order; LATE comes instead of ENDED, and GONE after it with the number of processes
/// that would not end.
enum {
    CLINUX_HOOK_STARTED = 1, CLINUX_HOOK_NOT_STARTED, CLINUX_HOOK_ENDED, CLINUX_HOOK_LATE, CLINUX_HOOK_GONE
};
struct clinux_hook_event {
    int32_t kind;
    /// A pid, an errno, a status as waitpid(2) has it, nothing, or a number of processes.
    int32_t value;
};

/// Starts a hook under a supervisor of its own: the supervisor's pid, which the caller reaps, or -errno. `output` is
/// where its standard output and errors are read without blocking; `status` gives events.
int clinux_hook_start(const struct clinux_hook *hook, int *output, int *status);

/// A descriptor from which a child reads exactly these bytes, however late; or -errno.
int clinux_hook_input(const void *bytes, size_t count);

/// fork(2), for a program with one thread: the child's pid, 0 in the child, or -errno.
int clinux_fork(void);

/// Makes this process one that outlives whoever started it: a session of its own, deaf to what ends others, no streams,
/// the parent of whatever its children leave behind. 0 or -errno.
int clinux_detach(void);

/// A descriptor that becomes readable when a child ends (SIGCHLD, blocked from here on); or -errno.
int clinux_children(void);

/// A script to start: an absolute path, its words and environment, each ended by NULL.
struct clinux_script {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// What becomes its standard output and error.
    int output;
    /// Open for writing: the cgroup.procs of the control group that it is to start in; -1 for none.
    int cgroup_procs;
    /// Whether it becomes another user, with these groups.
    int becomes_user;
    uint32_t user, group;
    const uint32_t *groups;
    size_t group_count;
};

/// Starts it in a session of its own with default signals, three descriptors, no core file, in the folder /; returns when
/// the program runs. Its pid, or -errno, and then nothing of it ever ran.
int clinux_script_start(const struct clinux_script *script);

/// One child that has ended, taken off the table: its pid, 0 where all run, -ECHILD where there is none.
int clinux_wait_any(int *status);

/// Starts a program on two pipes: `ends[0]` is its input, blocking, `ends[1]` its output, which never blocks. Its
/// standard error stays ours. The pid, or -errno.
int clinux_helper_start(const char *path, char *const argv[], int ends[2]);

/// Sends one datagram to /dev/log without waiting; 0 or -errno.
int clinux_syslog(const void *bytes, size_t count);

/// Whether a control group's folder was handed to its processes to divide further, as systemd marks it.
int clinux_is_delegated(const char *folder);

/// A descriptor that becomes readable when one of those added to it does; or -errno.
int clinux_epoll(void);
int clinux_epoll_add(int epoll, int descriptor);

/// Which of them are readable now, 16 at most; how many, or -errno.
int clinux_epoll_ready(int epoll, int *descriptors, int count);

/// Does nothing for a while.
void clinux_pause(uint32_t milliseconds);

#endif
