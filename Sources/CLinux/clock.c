#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int clinux_adjtimex(int64_t *fields) {
    struct timex clock;
    memset(&clock, 0, sizeof clock);
    int state = adjtimex(&clock);
    if (state < 0) return -errno;
    fields[CLINUX_TIMEX_OFFSET] = clock.offset;
    fields[CLINUX_TIMEX_FREQUENCY] = clock.freq;
    fields[CLINUX_TIMEX_MAXERROR] = clock.maxerror;
    fields[CLINUX_TIMEX_ESTERROR] = clock.esterror;
    fields[CLINUX_TIMEX_STATUS] = clock.status;
    fields[CLINUX_TIMEX_CONSTANT] = clock.constant;
    fields[CLINUX_TIMEX_TICK] = clock.tick;
    fields[CLINUX_TIMEX_PPSFREQ] = clock.ppsfreq;
    fields[CLINUX_TIMEX_JITTER] = clock.jitter;
    fields[CLINUX_TIMEX_SHIFT] = clock.shift;
    fields[CLINUX_TIMEX_STABIL] = clock.stabil;
    fields[CLINUX_TIMEX_JITCNT] = clock.jitcnt;
    fields[CLINUX_TIMEX_CALCNT] = clock.calcnt;
    fields[CLINUX_TIMEX_ERRCNT] = clock.errcnt;
    fields[CLINUX_TIMEX_STBCNT] = clock.stbcnt;
    fields[CLINUX_TIMEX_TAI] = clock.tai;
    return state;
}

int clinux_timer(uint64_t nanoseconds) {
    int descriptor = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (descriptor < 0) return -errno;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t past = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    uint64_t first = (past / nanoseconds + 1) * nanoseconds;
    struct itimerspec when = {
        .it_interval = {.tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)},
        .it_value = {.tv_sec = (time_t)(first / 1000000000u), .tv_nsec = (long)(first % 1000000000u)},
    };
    if (timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, NULL) < 0) {
        int failure = -errno;
        close(descriptor);
        return failure;
    }
    return descriptor;
}

int clinux_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}
