/* Loaded before libc: makes the N-th call that changes something under a folder fail, or writes down all of them.
 *
 * FAIL_UNDER  the folder          FAIL_AT    N, from 1; 0 only counts
 * FAIL_HOW    once, on or short   FAIL_WITH  the errno
 * FAIL_COUNT  a file that gets the number of calls at the end
 * FAIL_RECORD a file that gets a line for each call that succeeded: what, and on which file */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int is_under(const char *path) {
    const char *folder = setting("FAIL_UNDER");
    return *folder && path && strstr(path, folder) == path;
}

/* The path of an open file. */
static const char *path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

static int is_file_under(int fd) {
    char path[PATH_MAX];
    return is_under(path_of(fd, path));
}

static void record(const char *what, const char *path) {
    const char *name = setting("FAIL_RECORD");
    FILE *file = *name ? fopen(name, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s %s\n", what, path);
    fclose(file);
}

/* Writes a call down that succeeded, and gives on what it gave. */
static ssize_t recorded(ssize_t result, const char *what, const char *path) {
    if (result >= 0 && is_under(path)) record(what, path);
    return result;
}

static ssize_t recorded_on(ssize_t result, const char *what, int fd) {
    char path[PATH_MAX];
    if (result >= 0 && fd == 1 && !strcmp(what, "write")) record("print", "");
    return recorded(result, what, path_of(fd, path));
}

/* Whether this call is the one, or comes after it. */
static int is_hit(void) {
    long at = atol(setting("FAIL_AT"));
    long call = atomic_fetch_add(&calls, 1) + 1;
    return at && (call == at || (call > at && !strcmp(setting("FAIL_HOW"), "on")));
}

static int fails(int concerns) {
    if (!concerns || !is_hit()) return 0;
    if (!strcmp(setting("FAIL_HOW"), "short")) return 0;
    errno = atoi(setting("FAIL_WITH"));
    return 1;
}

/* How many bytes of a write are let through; -1 for a failure. */
static ssize_t let_through(int fd, size_t length) {
    if (!is_file_under(fd) || !is_hit()) return (ssize_t)length;
    if (!strcmp(setting("FAIL_HOW"), "short")) return (ssize_t)(length > 1 ? length / 2 : length);
    errno = atoi(setting("FAIL_WITH"));
    return -1;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = setting("FAIL_COUNT");
    FILE *file = *path && atomic_load(&calls) ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld", atomic_load(&calls));
    fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITE(name, offset_type)                                                          \
    ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) {          \
        ssize_t through = let_through(fd, length);                                        \
        if (through < 0) return -1;                                                       \
        return recorded_on(REAL(name)(fd, bytes, (size_t)through, offset), "write", fd);  \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t through = let_through(fd, length);
    if (through < 0) return -1;
    return recorded_on(REAL(write)(fd, bytes, (size_t)through), "write", fd);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fails(is_file_under(fd))) return -1;
    return recorded_on(REAL(writev)(fd, parts, count), "write", fd);
}

#define ON_FILE(name, extra_type)                                                         \
    int name(int fd, extra_type extra) {                                                  \
        return fails(is_file_under(fd)) ? -1 : REAL(name)(fd, extra);                     \
    }
ON_FILE(ftruncate, off_t)
ON_FILE(ftruncate64, off64_t)
ON_FILE(fchmod, mode_t)

int fsync(int fd) {
    return fails(is_file_under(fd)) ? -1 : (int)recorded_on(REAL(fsync)(fd), "sync", fd);
}
int fdatasync(int fd) {
    return fails(is_file_under(fd)) ? -1 : (int)recorded_on(REAL(fdatasync)(fd), "sync", fd);
}

int mkdir(const char *path, mode_t mode) {
    return fails(is_under(path)) ? -1 : (int)recorded(REAL(mkdir)(path, mode), "make", path);
}
int chmod(const char *path, mode_t mode) { return fails(is_under(path)) ? -1 : REAL(chmod)(path, mode); }
int unlink(const char *path) { return fails(is_under(path)) ? -1 : REAL(unlink)(path); }
int rename(const char *from, const char *to) {
    if (fails(is_under(to))) return -1;
    int result = REAL(rename)(from, to);
    if (result >= 0 && is_under(to)) record("from", from);
    return (int)recorded(result, "to", to);
}

#define OPEN(name)                                                                        \
    int name(const char *path, int flags, ...) {                                          \
        va_list rest;                                                                     \
        va_start(rest, flags);                                                            \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                         \
        va_end(rest);                                                                     \
        return fails(flags & O_CREAT && is_under(path)) ? -1 : REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
