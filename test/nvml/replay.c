/* Calls the functions of a library as a script says, at the addresses that it names. Lines of the script: "fill ADDRESS HEX"
   before a call, "call NAME ARGUMENT...", "dump ADDRESS SIZE" after it. Prints the code of each call, and each dump. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef int (*call_t)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

#define PAGE 4096ul

/* Makes the pages of an address range there, which the client of the recording had. */
static void map(uint64_t from, uint64_t size) {
  static uint64_t known[4096];
  static int count;
  for (uint64_t page = from & ~(PAGE - 1); page < from + size; page += PAGE) {
    int i = 0;
    while (i < count && known[i] != page) i++;
    if (i < count) continue;
    void *got = mmap((void *)page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != (void *)page || count == 4096) exit((printf("the address %lx is taken\n", page), 1));
    known[count++] = page;
  }
}

int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) return printf("%s\n", dlerror()), 1;
  static char line[1 << 20], name[256];
  while (fgets(line, sizeof line, stdin) != NULL) {
    uint64_t at, size, args[6] = {0};
    int hex;
    if (sscanf(line, "fill %lx %n", &at, &hex) == 1) {
      unsigned byte;
      map(at, strlen(line + hex) / 2);
      for (char *text = line + hex; sscanf(text, "%2x", &byte) == 1; text += 2) *(uint8_t *)at++ = byte;
    } else if (sscanf(line, "room %lx %lu", &at, &size) == 2) {
      map(at, size);
    } else if (sscanf(line, "dump %lx %lu", &at, &size) == 2) {
      for (uint64_t i = 0; i < size; i++) printf("%02x", ((uint8_t *)at)[i]);
      puts("");
    } else if (sscanf(line, "call %255s %lx %lx %lx %lx %lx %lx", name, args, args + 1, args + 2, args + 3, args + 4, args + 5) == 7) {
      call_t function = (call_t)dlsym(library, name);
      if (function == NULL) return printf("no %s\n", name), 1;
      printf("%d\n", function(args[0], args[1], args[2], args[3], args[4], args[5]));
    } else {
      return printf("not understood: %.40s\n", line), 1;
    }
  }
  return argc > 2;
}
