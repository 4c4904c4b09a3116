/* Threads, forks, signals, page ends, wild pointers and blocking waits of one client. Prints a line for each. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef int (*call_t)();
static call_t init, shutdown_, count, name, by_uuid, by_index, wait_v2, create, memory, uuid_of;
static void *device, *events;

static void load(void) {
  void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (library == NULL) {
    puts(dlerror());
    exit(1);
  }
  init = dlsym(library, "nvmlInit_v2");
  shutdown_ = dlsym(library, "nvmlShutdown");
  count = dlsym(library, "nvmlDeviceGetCount_v2");
  name = dlsym(library, "nvmlDeviceGetName");
  by_uuid = dlsym(library, "nvmlDeviceGetHandleByUUID");
  by_index = dlsym(library, "nvmlDeviceGetHandleByIndex_v2");
  wait_v2 = dlsym(library, "nvmlEventSetWait_v2");
  create = dlsym(library, "nvmlEventSetCreate");
  memory = dlsym(library, "nvmlDeviceGetMemoryInfo");
  uuid_of = dlsym(library, "nvmlDeviceGetUUID");
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* 1 unless the name comes back. */
static int wrong(void) {
  char text[96] = "";
  return name(device, text, 96) != 0 || strncmp(text, "NVIDIA ", 7) != 0;
}

static void *caller(void *rounds) {
  long bad = 0;
  for (long i = 0; i < (long)rounds; i++) bad += wrong();
  return (void *)bad;
}

static long threads(int n, long rounds) {
  pthread_t t[64];
  long bad = 0;
  for (int i = 0; i < n; i++) pthread_create(&t[i], NULL, caller, (void *)rounds);
  for (int i = 0; i < n; i++) {
    void *result;
    pthread_join(t[i], &result);
    bad += (long)result;
  }
  return bad;
}

static void *waiter(void *unused) {
  char data[64];
  (void)unused;
  return (void *)(long)wait_v2(events, data, 700);
}

static volatile int hits;
static void on_alarm(int signal) {
  (void)signal;
  hits++;
}

static void forks(void) {
  pthread_t t[4];
  int good = 0;
  long bad = 0;
  for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, caller, (void *)300L);
  for (int k = 0; k < 20; k++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      for (int i = 0; i < 20; i++)
        if (wrong()) _exit(1);
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    good += status == 0;
  }
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(t[i], &result);
    bad += (long)result;
  }
  printf("forks %d good, parent %ld wrong\n", good, bad);
}

static void pages(void) {
  char uuid[96], *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *found = NULL;
  munmap(page + 4096, 4096);
  uuid_of(device, uuid, 96);
  strcpy(page + 4096 - strlen(uuid) - 1, uuid);
  int code = by_uuid(page + 4096 - strlen(uuid) - 1, &found);
  printf("string at the end of a page %d %d\n", code, found == device);
  memset(page + 4000, 'G', 96);
  printf("string without an end %d\n", by_uuid(page + 4000, &found));
  printf("wild pointers %d %d %d %d\n", name(device, (char *)16, 96), by_uuid((char *)64, &found), count((void *)8),
         memory(device, page + 4096 - 8));
  printf("and then %d\n", wrong());
}

int main(int argc, char **argv) {
  load();
  printf("init %d\n", init());
  by_index(0, &device);
  printf("threads %ld\n", threads(8, 300));
  forks();
  create(&events);
  pthread_t t;
  void *result;
  pthread_create(&t, NULL, waiter, NULL);
  usleep(50000);
  double start = now();
  unsigned n;
  int bad = 0;
  for (int i = 0; i < 200; i++) bad += count(&n) != 0;
  double beside = now() - start;
  pthread_join(t, &result);
  printf("beside a wait %d %d, wait %ld\n", bad, beside < 690, (long)result);
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  ualarm(500, 500);
  long lost = (long)caller((void *)2000L);
  ualarm(0, 0);
  printf("signals %d, %ld wrong\n", hits > 10, lost);
  pages();
  if (argc > 2) { /* a command that ends the server, and one that starts it again */
    int code = system(argv[1]);
    int gone = count(&n), init_gone = init();
    code |= system(argv[2]);
    printf("server gone %d %d, back %d %d\n", gone, init_gone, count(&n), wrong() + code);
  }
  return 0;
}
