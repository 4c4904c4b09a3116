/* Calls a second of one library: "rates" (nvmlDeviceGetUtilizationRates), "list" (nvmlDeviceGetActiveVgpus) or "scrape". */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef int (*call_t)();

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static call_t active, rates;

/* What an exporter asks of every vGPU. */
static int scrape(void *library, void *device) {
  call_t uuid = (call_t)dlsym(library, "nvmlVgpuInstanceGetUUID");
  call_t type = (call_t)dlsym(library, "nvmlVgpuInstanceGetType"), used = (call_t)dlsym(library, "nvmlVgpuInstanceGetFbUsage");
  unsigned count = 64, ids[64], number;
  char text[80];
  unsigned long long bytes;
  int bad = active(device, &count, ids) != 0 || count == 0;
  for (unsigned i = 0; i < count; i++)
    bad += uuid(ids[i], text, 80) != 0 || type(ids[i], &number) != 0 || used(ids[i], &bytes) != 0;
  return bad;
}

static int list(void *device) {
  unsigned count = 64, ids[64];
  return active(device, &count, ids) != 0 || count != 32;
}

/* LIBRARY ROUNDS KIND */
int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW), *device = 0;
  if (library == NULL) return puts(dlerror()), 1;
  call_t init = (call_t)dlsym(library, "nvmlInit_v2"), by_index = (call_t)dlsym(library, "nvmlDeviceGetHandleByIndex_v2");
  rates = (call_t)dlsym(library, "nvmlDeviceGetUtilizationRates");
  active = (call_t)dlsym(library, "nvmlDeviceGetActiveVgpus");
  int rounds = atoi(argv[2]), bad = init() != 0 || by_index(0, &device) != 0;
  unsigned out[2];
  for (int i = 0; i < rounds / 10; i++) bad += *argv[3] == 'r' ? rates(device, out) != 0 : *argv[3] == 'l' ? list(device) : 0;
  double start = now();
  for (int i = 0; i < rounds; i++)
    bad += *argv[3] == 'r' ? rates(device, out) != 0 : *argv[3] == 'l' ? list(device) : scrape(library, device);
  double seconds = now() - start;
  printf("%.0f\n", bad ? 0 : rounds / seconds);
  return bad != 0;
}
