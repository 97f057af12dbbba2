/* Preloaded, it has each sync of the disk take SYNC_US microseconds more. */

#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int sync_slowly(long number, int descriptor) {
    int result = (int)syscall(number, descriptor), error = errno;
    const char *word = getenv("SYNC_US");
    long more = word ? atol(word) : 0;
    struct timespec left = {more / 1000000, more % 1000000 * 1000};
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
    errno = error;
    return result;
}

int fsync(int descriptor) { return sync_slowly(SYS_fsync, descriptor); }

int fdatasync(int descriptor) { return sync_slowly(SYS_fdatasync, descriptor); }
