#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

// What a handler needs to give the terminal back: written before `guarded` is set, read after it was taken.
static int terminal = -1;
static struct termios saved;
static char restore_bytes[512];
static size_t restore_length;
static int guarded;
static int signal_pipe[2] = {-1, -1};

// While somebody else has the terminal: ctrl-c there is not meant for us.
static volatile sig_atomic_t lent;

/// Seconds that an asked-for end may take before the terminal is given back by force: it may have stopped reading.
enum { END_SECONDS = 5 };

// Async-signal-safe, and safe against itself on another thread: the first to take `guarded` does it.
void clinux_terminal_restore(void) {
    if (!__atomic_exchange_n(&guarded, 0, __ATOMIC_ACQ_REL)) return;
    int before = errno;
    size_t done = 0;
    while (done < restore_length) {
        ssize_t part = write(terminal, restore_bytes + done, restore_length - done);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) break;
        done += (size_t)part;
    }
    tcsetattr(terminal, TCSANOW, &saved);
    errno = before;
}

void clinux_terminal_release(void) {
    if (__atomic_exchange_n(&guarded, 0, __ATOMIC_ACQ_REL)) tcsetattr(terminal, TCSADRAIN, &saved);
}

void clinux_end_by_signal(int number) {
    struct sigaction initial;
    memset(&initial, 0, sizeof initial);
    initial.sa_handler = SIG_DFL;
    sigaction(number, &initial, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

// A crash, or an end that took too long. A terminal that does not read must not keep us: nothing waits for it.
static void crash(int number) {
    int flags = fcntl(terminal, F_GETFL);
    if (flags >= 0) fcntl(terminal, F_SETFL, flags | O_NONBLOCK);
    clinux_terminal_restore();
    if (flags >= 0) fcntl(terminal, F_SETFL, flags);
    clinux_end_by_signal(number);
}

int clinux_terminal_save(int descriptor) {
    terminal = descriptor;
    return tcgetattr(descriptor, &saved) < 0 ? -errno : 0;
}

static void catch_crashes(void) {
    static int installed;
    if (installed) return;
    installed = 1;
    // A stack overflow leaves no stack to handle it on.
    static char crash_stack[1 << 16];
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = crash_stack;
    stack.ss_size = sizeof crash_stack;
    sigaltstack(&stack, NULL);
    const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT, SIGALRM};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = crash;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t place = 0; place < sizeof crashes / sizeof *crashes; place++) {
        sigaction(crashes[place], &action, NULL);
    }
    atexit(clinux_terminal_restore);
}

void clinux_terminal_guard(const void *bytes, size_t count) {
    catch_crashes();
    if (count > sizeof restore_bytes) count = sizeof restore_bytes;
    memcpy(restore_bytes, bytes, count);
    restore_length = count;
    __atomic_store_n(&guarded, 1, __ATOMIC_RELEASE);
}

int clinux_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int clinux_terminal_set_size(int descriptor, int columns, int rows) {
    struct winsize size;
    memset(&size, 0, sizeof size);
    size.ws_col = (unsigned short)columns;
    size.ws_row = (unsigned short)rows;
    return ioctl(descriptor, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

static void note(int number) {
    if (lent && number == SIGINT) return;
    int before = errno;
    if (number == SIGTERM || number == SIGHUP) alarm(END_SECONDS);
    unsigned char byte = (unsigned char)number;
    // A full pipe already says that there is something to look at.
    if (write(signal_pipe[1], &byte, 1) < 0) {}
    errno = before;
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

int clinux_signal_pipe(void) {
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    const int numbers[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
    for (size_t place = 0; place < sizeof numbers / sizeof *numbers; place++) handle(numbers[place], note);
    handle(SIGPIPE, SIG_IGN);
    return signal_pipe[0];
}

// Stops the process here. A thread of a pool has its signals blocked, and what is blocked only waits.
static void stop_here(void) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, &before);
    raise(SIGTSTP);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void clinux_stop(void) {
    // The others of the job first, while we ignore it; then this thread, so that it stops here and not a little later.
    handle(SIGTSTP, SIG_IGN);
    kill(0, SIGTSTP);
    handle(SIGTSTP, SIG_DFL);
    stop_here();
    handle(SIGTSTP, note);
}

static int spawn_foreground(pid_t *pid, char *const argv[], int descriptor) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int standard = 0; standard < 3; standard++) {
        posix_spawn_file_actions_adddup2(&actions, descriptor, standard);
    }
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int clinux_run_foreground(char *const argv[], int descriptor) {
    pid_t pid = 0;
    lent = 1;
    handle(SIGTSTP, SIG_DFL);
    int failure = spawn_foreground(&pid, argv, descriptor);
    int status = -failure;
    while (failure == 0) {
        pid_t ended = waitpid(pid, &status, WUNTRACED);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) {
            status = -errno;
        } else if (WIFSTOPPED(status)) {
            // It was suspended, as ssh is by ~^Z: so are we, and both go on together.
            stop_here();
            kill(pid, SIGCONT);
            continue;
        }
        break;
    }
    handle(SIGTSTP, note);
    lent = 0;
    // A shell with job control may have ended without giving the terminal back; SIGTTOU would stop us for taking it.
    handle(SIGTTOU, SIG_IGN);
    tcsetpgrp(descriptor, getpgrp());
    handle(SIGTTOU, SIG_DFL);
    return status < 0 ? status : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
