// SPDX-License-Identifier: BSD-3-Clause
// net_af_xdp attaches its XDP program for good: it would stay on the interface after lull, which by
// then has no right left to take it away, and after a SIGKILL nobody is there who could. So the
// same program is attached once more, as a BPF link: the kernel takes that away when its descriptor
// is closed, by whatever end of the process. (bpf(2), BPF_LINK_CREATE, since Linux 5.9.)

#include "dpdk.h"

#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <lull/log.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct rtattr xdp;
	struct {
		struct rtattr attribute;
		int32_t value;
	} parts[3];
};

// Take the program off the interface if it is the one of fd. 0 or -errno; -EEXIST: another one is
// there; -EBUSY: one that is tied to a process already.
static int detach(int netlink, int index, int fd, uint32_t mode)
{
	struct request q = {
		.head = {.nlmsg_len = sizeof(q),
			.nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.link = {.ifi_family = AF_UNSPEC, .ifi_index = index},
		.xdp = {.rta_type = IFLA_XDP | NLA_F_NESTED,
			.rta_len = sizeof(q) - offsetof(struct request, xdp)},
		.parts = {{{RTA_LENGTH(4), IFLA_XDP_FD}, -1},
			{{RTA_LENGTH(4), IFLA_XDP_FLAGS}, (int32_t)(XDP_FLAGS_REPLACE | mode)},
			{{RTA_LENGTH(4), IFLA_XDP_EXPECTED_FD}, fd}},
	};
	struct {
		struct nlmsghdr head;
		int error; // the first field of struct nlmsgerr
		char rest[1020];
	} answer = {0};
	if (send(netlink, &q, sizeof(q), 0) < 0)
		return -errno;
	// The kernel answers within send().
	if (recv(netlink, &answer, sizeof(answer), MSG_DONTWAIT) <
		(ssize_t)NLMSG_LENGTH(sizeof(int)))
		return -EIO;
	return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error : -EBADMSG;
}

// A descriptor of the link, or -errno.
static int attach(int index, int fd, uint32_t mode)
{
	union bpf_attr attr = {0};
	attr.link_create.prog_fd = (uint32_t)fd;
	attr.link_create.target_ifindex = (uint32_t)index;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = mode;
	long link = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return link >= 0 ? (int)link : -errno;
}

// As the driver had it: for good.
static void attach_again(int netlink, int index, int fd, uint32_t mode)
{
	struct request q = {
		.head = {.nlmsg_len = offsetof(struct request, parts[2]),
			.nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST},
		.link = {.ifi_family = AF_UNSPEC, .ifi_index = index},
		.xdp = {.rta_type = IFLA_XDP | NLA_F_NESTED,
			.rta_len =
				offsetof(struct request, parts[2]) - offsetof(struct request, xdp)},
		.parts = {{{RTA_LENGTH(4), IFLA_XDP_FD}, fd},
			{{RTA_LENGTH(4), IFLA_XDP_FLAGS}, (int32_t)mode}},
	};
	(void)send(netlink, &q, q.head.nlmsg_len, 0);
}

// Tie the program of fd, if it is the one on the interface. A descriptor or -errno.
static int tie(int netlink, int index, int fd)
{
	static const uint32_t modes[] = {0, XDP_FLAGS_SKB_MODE};
	int e = -ENOENT;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]) && e != -EBUSY; i++) {
		e = detach(netlink, index, fd, modes[i]);
		if (e != 0)
			continue;
		int link = attach(index, fd, modes[i]);
		if (link < 0)
			attach_again(netlink, index, fd, modes[i]);
		return link;
	}
	return e;
}

static bool is_program(int dir, const char *name)
{
	static const char program[] = "anon_inode:bpf-prog";
	char target[64];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));
	return n == sizeof(program) - 1 && memcmp(target, program, (size_t)n) == 0;
}

// Which of this process's programs it is, the kernel knows.
static int tie_any(int netlink, int index)
{
	DIR *dir = opendir("/proc/self/fd");
	int r = -ENOENT;
	if (dir == NULL)
		return -errno;
	for (struct dirent *e; r < 0 && r != -EBUSY && (e = readdir(dir)) != NULL;)
		if (is_program(dirfd(dir), e->d_name))
			r = tie(netlink, index, atoi(e->d_name));
	closedir(dir);
	return r;
}

void lull_dpdk_xdp_tie(struct lull_dpdk_port *p)
{
	int index = (int)if_nametoindex(p->netdev);
	if (p->driver->telling != LULL_DPDK_PART || index == 0)
		return;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r = netlink >= 0 ? tie_any(netlink, index) : -errno;
	if (netlink >= 0)
		close(netlink);
	p->xdp_link = r >= 0 ? r + 1 : 0;
	if (r < 0 && r != -EBUSY)
		lull_log_warning("%s: its XDP program will stay on %s (%s); `ip link set %s xdp "
				 "off` takes it away",
			p->spec->device, p->netdev, strerror(-r), p->netdev);
}

void lull_dpdk_xdp_end(struct lull_dpdk_port *p)
{
	if (p->xdp_link > 0)
		close(p->xdp_link - 1);
	p->xdp_link = 0;
}
