#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

int clinux_spawn(char *const argv[], int ends[3]) {
    int pipes[3][2];
    for (int stream = 0; stream < 3; stream++) {
        if (pipe2(pipes[stream], O_CLOEXEC) < 0) {
            int failure = -errno;
            while (stream-- > 0) {
                close(pipes[stream][0]);
                close(pipes[stream][1]);
            }
            return failure;
        }
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1);
    posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGHUP);
    sigaddset(&defaults, SIGTERM);
    sigaddset(&defaults, SIGINT);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    pid_t pid = 0;
    int failure = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    int ours[3] = {pipes[0][1], pipes[1][0], pipes[2][0]};
    int theirs[3] = {pipes[0][0], pipes[1][1], pipes[2][1]};
    for (int stream = 0; stream < 3; stream++) {
        close(theirs[stream]);
        if (failure != 0) close(ours[stream]);
        ends[stream] = ours[stream];
    }
    return failure != 0 ? -failure : pid;
}

int clinux_widen_pipe(int descriptor, int bytes) {
    int room = fcntl(descriptor, F_SETPIPE_SZ, bytes);
    return room < 0 ? -errno : room;
}
