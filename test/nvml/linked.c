/* A program that is linked with -lnvidia-ml. The prototypes are those of NVIDIA's header. */
#include <stdio.h>

typedef int nvmlReturn_t;
typedef struct nvmlDevice_st *nvmlDevice_t;
extern nvmlReturn_t nvmlInit_v2(void);
extern nvmlReturn_t nvmlShutdown(void);
extern const char *nvmlErrorString(nvmlReturn_t result);
extern nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *deviceCount);
extern nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device);
extern nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length);
extern nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length);

int main(void) {
  unsigned int count = 0;
  nvmlDevice_t device = 0;
  char name[96] = "", uuid[96] = "";
  nvmlReturn_t code = nvmlDeviceGetCount_v2(&count);
  printf("%s\n", nvmlErrorString(code));
  code = nvmlInit_v2();
  printf("%s\n", nvmlErrorString(code));
  code = nvmlDeviceGetCount_v2(&count);
  printf("%s %u\n", nvmlErrorString(code), count);
  nvmlDeviceGetHandleByIndex_v2(count - 1, &device);
  code = nvmlDeviceGetName(device, name, sizeof name);
  printf("%s %s\n", nvmlErrorString(code), name);
  code = nvmlDeviceGetUUID(device, uuid, sizeof uuid);
  printf("%s %s\n", nvmlErrorString(code), uuid);
  code = nvmlShutdown();
  printf("%s\n", nvmlErrorString(code));
  code = nvmlShutdown();
  printf("%s %s %s\n", nvmlErrorString(code), nvmlErrorString(999), nvmlErrorString(1234));
  return 0;
}
