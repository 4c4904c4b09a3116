/* The library's protocol in C: an oracle for its machine code. functions.h has F(name, number, argument, length, own). */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct request { uint32_t function, size; uint64_t args[6], inits; };
struct order { uint32_t op, size; uint64_t address; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int shared = -1;
static uint64_t inits;

static int open_connection(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, getenv("NVGPU_NVML_SOCKET"), sizeof to.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (void *)&to, sizeof to) != 0) return close(fd), -1;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || (peer.uid != 0 && peer.uid != geteuid()))
    return close(fd), -1;
  struct { uint32_t magic; uint16_t version, machine; uint32_t pid, list; uint64_t inits; } hello = {
      0x4c4d564e, 1, 62, getpid(), LIST, (uint64_t)&inits};
  if (send(fd, &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello) return close(fd), -1;
  return fd;
}

/* Sends a head and memory that may not be readable; 0 if that went whole. */
static int send_both(int fd, void *head, size_t head_size, uint64_t address, size_t size) {
  struct iovec parts[] = {{head, head_size}, {(void *)address, size}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = size == 0 ? 1 : 2};
  ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  return sent == (ssize_t)(head_size + size) ? 0 : sent < 0 ? errno : EIO;
}

static int peek(int fd, struct order order) {
  int64_t status = 0;
  int fault = send_both(fd, &status, sizeof status, order.address, order.size);
  if (fault != EFAULT) return fault;
  status = -14;
  return send_both(fd, &status, sizeof status, 0, 0);
}

/* Does what the server says until it gives the result. */
static int obey(int fd) {
  for (;;) {
    struct order order;
    if (recv(fd, &order, sizeof order, MSG_WAITALL) != sizeof order) return 999;
    if (order.op == 0) return (int)order.address;
    if (order.op == 2 && peek(fd, order) != 0) return 999;
    for (size_t done = 0; order.op == 1 && done < order.size;) {
      ssize_t got = recv(fd, (char *)order.address + done, order.size - done, 0);
      if (got <= 0) return errno == EFAULT ? 2 : 999;
      done += got;
    }
  }
}

static int ask(uint32_t function, int argument, uint32_t length, int own, const uint64_t *args) {
  pthread_mutex_lock(&lock);
  int fd = own || shared < 0 ? open_connection() : shared;
  int code = 9;
  if (fd >= 0) {
    struct request request = {function, length, {0}, inits};
    memcpy(request.args, args, sizeof request.args);
    int fault = send_both(fd, &request, sizeof request, args[argument], length);
    if (fault == EFAULT) {
      request.size = 0;
      fault = send_both(fd, &request, sizeof request, 0, 0);
    }
    code = fault == 0 ? obey(fd) : 999;
  }
  if (own) close(fd);
  else shared = fd;
  pthread_mutex_unlock(&lock);
  return code;
}

#define F(name, number, argument, length, own)                                                \
  int name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {           \
    uint64_t args[6] = {a, b, c, d, e, f};                                                     \
    return ask(number, argument, length, own, args);                                           \
  }
#include "functions.h"
