#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(struct statx_timestamp time) {
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_nsec;
}

static int facts_of(int folder, const char *name, int flags, struct clinux_facts *facts) {
    struct statx found;
    const unsigned wanted = STATX_BASIC_STATS | STATX_BTIME;
    if (statx(folder, name, flags | AT_STATX_SYNC_AS_STAT, wanted, &found) < 0) return -errno;
    facts->device = makedev(found.stx_dev_major, found.stx_dev_minor);
    facts->inode = found.stx_ino;
    facts->birth = found.stx_mask & STATX_BTIME ? nanoseconds(found.stx_btime) : 0;
    facts->modified = nanoseconds(found.stx_mtime);
    facts->size = found.stx_size;
    facts->mode = found.stx_mode;
    facts->links = found.stx_nlink;
    return 0;
}

int clinux_facts_at(int folder, const char *name, int follows_links, struct clinux_facts *facts) {
    return facts_of(folder, name, follows_links ? 0 : AT_SYMLINK_NOFOLLOW, facts);
}

int clinux_facts(int descriptor, struct clinux_facts *facts) {
    return facts_of(descriptor, "", AT_EMPTY_PATH, facts);
}

int64_t clinux_next_data(int descriptor, int64_t offset) {
    off_t found = lseek(descriptor, offset, SEEK_DATA);
    return found < 0 ? -errno : found;
}

int clinux_is_remote(const char *path) {
    struct statfs found;
    if (statfs(path, &found) < 0) return -errno;
    switch ((uint32_t)found.f_type) {
    // The numbers are statfs(2)'s: NFS, SMB, CIFS, SMB2, FUSE, overlay, 9P, Ceph, AFS, Lustre, VirtualBox.
    case 0x6969: case 0x517B: case 0xFF534D42: case 0xFE534D42: case 0x65735546: case 0x794C7630:
    case 0x01021997: case 0x00C36400: case 0x5346414F: case 0x0BD00BD0: case 0x786F4256:
        return 1;
    default:
        return 0;
    }
}

int clinux_watches(void) {
    int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_watch_folder(int watches, const char *path) {
    const uint32_t mask = IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |
                          IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
    int watch = inotify_add_watch(watches, path, mask);
    return watch < 0 ? -errno : watch;
}

int clinux_watch_file(int watches, const char *path) {
    int watch = inotify_add_watch(watches, path, IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF);
    return watch < 0 ? -errno : watch;
}

int clinux_unwatch(int watches, int watch) {
    return inotify_rm_watch(watches, watch) < 0 ? -errno : 0;
}

long clinux_watch_event(const void *bytes, size_t count, size_t offset, int *watch, int *kinds, size_t *name, size_t *name_count) {
    struct inotify_event event;
    if (count < sizeof event || offset > count - sizeof event) return -1;
    memcpy(&event, (const char *)bytes + offset, sizeof event);
    if (event.len > count - sizeof event - offset) return -1;
    *watch = event.wd;
    *kinds = 0;
    if (event.mask & IN_MODIFY) *kinds |= CLINUX_WATCH_WRITTEN;
    if (event.mask & IN_ATTRIB) *kinds |= CLINUX_WATCH_ATTRIBUTES;
    if (event.mask & (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE)) *kinds |= CLINUX_WATCH_NAMES;
    if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) *kinds |= CLINUX_WATCH_GONE;
    if (event.mask & IN_Q_OVERFLOW) *kinds |= CLINUX_WATCH_OVERFLOW;
    *name = offset + sizeof event;
    *name_count = strnlen((const char *)bytes + *name, event.len);
    return (long)(offset + sizeof event + event.len);
}

int clinux_lock(int descriptor) {
    return flock(descriptor, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int clinux_space(const char *path, uint64_t *free_bytes, uint64_t *all_bytes) {
    struct statvfs found;
    if (statvfs(path, &found) < 0) return -errno;
    *free_bytes = (uint64_t)found.f_bavail * found.f_frsize;
    *all_bytes = (uint64_t)found.f_blocks * found.f_frsize;
    return 0;
}

uint64_t clinux_thread_cpu(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

int clinux_bell(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}
