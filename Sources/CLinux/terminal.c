#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// What a handler needs to give the terminal back; set before any handler is installed.
static int terminal = -1;
static struct termios saved;
static char restore_bytes[512];
static size_t restore_length;
static volatile sig_atomic_t guarded;
static int signal_pipe[2] = {-1, -1};

void clinux_terminal_restore(void) {
    if (!guarded) return;
    guarded = 0;
    size_t done = 0;
    while (done < restore_length) {
        ssize_t part = write(terminal, restore_bytes + done, restore_length - done);
        if (part <= 0) break;
        done += (size_t)part;
    }
    tcsetattr(terminal, TCSANOW, &saved);
}

// Async-signal-safe: write, tcsetattr, sigaction and raise only.
static void crash(int number) {
    clinux_terminal_restore();
    struct sigaction initial;
    memset(&initial, 0, sizeof initial);
    initial.sa_handler = SIG_DFL;
    sigaction(number, &initial, NULL);
    raise(number);
}

int clinux_terminal_save(int descriptor) {
    terminal = descriptor;
    return tcgetattr(descriptor, &saved) < 0 ? -errno : 0;
}

void clinux_terminal_guard(const void *bytes, size_t count) {
    if (count > sizeof restore_bytes) count = sizeof restore_bytes;
    memcpy(restore_bytes, bytes, count);
    restore_length = count;
    static int installed;
    if (!installed) {
        installed = 1;
        const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT};
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = crash;
        sigemptyset(&action.sa_mask);
        for (size_t place = 0; place < sizeof crashes / sizeof *crashes; place++) {
            sigaction(crashes[place], &action, NULL);
        }
        atexit(clinux_terminal_restore);
    }
    guarded = 1;
}

int clinux_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

static void note(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe already says that there is something to look at.
    if (write(signal_pipe[1], &byte, 1) < 0) {}
    errno = before;
}

int clinux_signal_pipe(void) {
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    const int numbers[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGCONT};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t place = 0; place < sizeof numbers / sizeof *numbers; place++) {
        sigaction(numbers[place], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    return signal_pipe[0];
}

void clinux_stop(void) {
    // The whole job stops, as with ctrl-z in any other program.
    struct sigaction initial, before;
    memset(&initial, 0, sizeof initial);
    initial.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &initial, &before);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
}
