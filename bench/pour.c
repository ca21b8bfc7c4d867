// SPDX-License-Identifier: BSD-3-Clause
// pour INTERFACE FILE SECONDS [SENDERS]: send the frames of a pcap file again and again, as fast as
// the kernel takes them: past the queueing discipline, many a system call, several processes, each
// on a processor of its own from 0 on. Says how many were taken, and in how many seconds.

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, SENDERS_MAX = 64, FILE_HEADER = 24, RECORD_HEADER = 16 };

struct frames {
	struct iovec *list;
	size_t n;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// The records of a pcap file in the byte order of this machine. They stay in memory.
static int load(const char *path, struct frames *f)
{
	FILE *file = fopen(path, "rb");
	uint32_t header[RECORD_HEADER / 4];
	if (file == NULL || fseek(file, FILE_HEADER, SEEK_SET) != 0)
		return -1;
	while (fread(header, sizeof(header), 1, file) == 1) {
		if (f->n % 4096 == 0)
			f->list = realloc(f->list, (f->n + 4096) * sizeof(*f->list));
		struct iovec *v = f->list == NULL ? NULL : &f->list[f->n++];
		if (v == NULL || header[2] > 65535)
			return -1;
		*v = (struct iovec){malloc(header[2] + 1), header[2]};
		if (v->iov_base == NULL || fread(v->iov_base, 1, header[2], file) != header[2])
			return -1;
	}
	return fclose(file) != 0 || f->n == 0 ? -1 : 0;
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	int yes = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || to.sll_ifindex == 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) != 0 ||
		bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	return fd;
}

// What the kernel refuses (ENOBUFS: dropped, and counted by the interface) is not sent.
static uint64_t send_for(int fd, const struct frames *f, double seconds, size_t at)
{
	struct mmsghdr messages[BATCH];
	uint64_t sent = 0;
	double end = now() + seconds;
	memset(messages, 0, sizeof(messages));
	while (now() < end) {
		for (size_t i = 0; i < BATCH; i++) {
			messages[i].msg_hdr.msg_iov = &f->list[(at + i) % f->n];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		int n = sendmmsg(fd, messages, BATCH, 0);
		if (n < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			break;
		sent += n > 0 ? (uint64_t)n : 0;
		at += n > 0 ? (size_t)n : 1;
	}
	return sent;
}

static void be_sender(
	const char *interface, const struct frames *f, double seconds, unsigned i, uint64_t *sent)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(i % (unsigned)sysconf(_SC_NPROCESSORS_ONLN), &one);
	sched_setaffinity(0, sizeof(one), &one);
	int fd = open_socket(interface);
	if (fd < 0) {
		perror(interface);
		_exit(1);
	}
	*sent = send_for(fd, f, seconds, i * 7919);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct frames f = {0};
	unsigned senders = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
	if (argc < 4 || senders < 1 || senders > SENDERS_MAX || load(argv[2], &f) != 0) {
		fprintf(stderr, "usage: pour INTERFACE FILE.pcap SECONDS [SENDERS]\n");
		return 1;
	}
	uint64_t total = 0, *sent = mmap(NULL, SENDERS_MAX * sizeof(*sent), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double start = now();
	if (sent == MAP_FAILED)
		return 1;
	for (unsigned i = 0; i < senders; i++)
		if (fork() == 0)
			be_sender(argv[1], &f, atof(argv[3]), i, &sent[i]);
	int status, failed = 0;
	while (wait(&status) > 0)
		failed |= status;
	for (unsigned i = 0; i < senders; i++)
		total += sent[i];
	printf("%llu %.3f\n", (unsigned long long)total, now() - start);
	return failed != 0;
}
