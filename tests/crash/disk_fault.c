/* A disk that fails when a test says so: LD_PRELOAD this, and name a file of rules in TELLER_DISK_FAULT.
 * The file is read anew at each call, so a test can let the disk fail and get well while the program runs.
 * A line a rule:
 *
 *   OPERATION PART-OF-THE-PATH ACTION [N]
 *
 *   operation  write (write, pwrite), sync (fsync, fdatasync), rename (the new name), truncate
 *   action     full          ENOSPC; a write first takes half of its bytes, as a disk does that fills up
 *              broken        EIO
 *              kill-before   SIGKILL before the N-th such call of this process (default: the first)
 *              kill-after    SIGKILL after it
 *              torn          half of the N-th write reaches the file, then SIGKILL
 *              slow          N milliseconds before each such call
 *
 * Only for tests; built by tests/crash/engine.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { rules_max = 16 };
static atomic_int seen[rules_max]; /* Calls that met a counting rule, by line. */

struct verdict {
  int error;      /* errno, or 0 */
  int kill_after; /* SIGKILL when the call is done */
  int torn;       /* Half of the bytes, then SIGKILL */
};

static void die(void) { kill(getpid(), SIGKILL); }

static struct verdict judge(const char* operation, const char* path) {
  struct verdict verdict = {0, 0, 0};
  const char* rules = getenv("TELLER_DISK_FAULT");
  if (rules == NULL) return verdict;
  char text[4096];
  const int file = (int)syscall(SYS_openat, AT_FDCWD, rules, O_RDONLY | O_CLOEXEC);
  if (file < 0) return verdict;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return verdict;
  text[size] = 0;
  char* next = text;
  for (int i = 0; i < rules_max && next != NULL && *next != 0; ++i) {
    char* line = next;
    next = strchr(line, '\n');
    if (next != NULL) *next++ = 0;
    char wanted[16], part[256], action[16];
    int n = 1;
    if (sscanf(line, "%15s %255s %15s %d", wanted, part, action, &n) < 3) continue;
    if (strcmp(wanted, operation) != 0 || strstr(path, part) == NULL) continue;
    if (strcmp(action, "full") == 0) verdict.error = ENOSPC;
    if (strcmp(action, "broken") == 0) verdict.error = EIO;
    if (strcmp(action, "kill-before") == 0 && atomic_fetch_add(&seen[i], 1) + 1 == n) die();
    if (strcmp(action, "kill-after") == 0 && atomic_fetch_add(&seen[i], 1) + 1 == n)
      verdict.kill_after = 1;
    if (strcmp(action, "slow") == 0) {
      const struct timespec pause = {n / 1000, n % 1000 * 1000000L};
      nanosleep(&pause, NULL);
    }
    if (strcmp(action, "torn") == 0 && atomic_fetch_add(&seen[i], 1) + 1 == n) verdict.torn = 1;
  }
  return verdict;
}

static struct verdict judge_file(const char* operation, int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  path[size < 0 ? 0 : size] = 0;
  return judge(operation, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITING(call, half)                                 \
  const struct verdict verdict = judge_file("write", file); \
  if (verdict.torn) {                                       \
    (void)!(half);                                          \
    die();                                                  \
  }                                                         \
  if (verdict.error == ENOSPC && size > 1) return half;     \
  if (verdict.error != 0) {                                 \
    errno = verdict.error;                                  \
    return -1;                                              \
  }                                                         \
  const ssize_t done = call;                                \
  if (verdict.kill_after) die();                            \
  return done

ssize_t write(int file, const void* bytes, size_t size) {
  WRITING(REAL(write)(file, bytes, size), REAL(write)(file, bytes, size / 2));
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  WRITING(REAL(pwrite)(file, bytes, size, at), REAL(pwrite)(file, bytes, size / 2, at));
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  WRITING(REAL(pwrite64)(file, bytes, size, at), REAL(pwrite64)(file, bytes, size / 2, at));
}

#define PLAIN(judged, call)              \
  const struct verdict verdict = judged; \
  if (verdict.error != 0) {              \
    errno = verdict.error;               \
    return -1;                           \
  }                                      \
  const int done = call;                 \
  if (verdict.kill_after) die();         \
  return done

int fsync(int file) { PLAIN(judge_file("sync", file), REAL(fsync)(file)); }
int fdatasync(int file) { PLAIN(judge_file("sync", file), REAL(fdatasync)(file)); }
int ftruncate(int file, off_t size) {
  PLAIN(judge_file("truncate", file), REAL(ftruncate)(file, size));
}
int ftruncate64(int file, off64_t size) {
  PLAIN(judge_file("truncate", file), REAL(ftruncate64)(file, size));
}
int rename(const char* from, const char* to) { PLAIN(judge("rename", to), REAL(rename)(from, to)); }
