// SPDX-License-Identifier: BSD-3-Clause
// One question and one answer of rtnetlink: RTM_GETLINK by name.

#include "rtlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Without the lists of virtual functions, which must be asked for, an answer is a tenth of it.
enum { ANSWER_BYTES = 16384 };

int lull_rtlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return fd >= 0 ? fd : -errno;
}

static int ask(int fd, const char *name)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attribute;
		char name[IFNAMSIZ];
	} q = {
		.head = {.nlmsg_len = sizeof(q),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST},
		.link = {.ifi_family = AF_UNSPEC},
		.attribute = {.rta_len = RTA_LENGTH(IFNAMSIZ), .rta_type = IFLA_IFNAME},
	};
	if (strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	strcpy(q.name, name);
	return send(fd, &q, sizeof(q), 0) < 0 ? -errno : 0;
}

static int read_answer(const struct nlmsghdr *head, struct lull_rtlink *out)
{
	if (head->nlmsg_type == NLMSG_ERROR && head->nlmsg_len >= NLMSG_LENGTH(sizeof(int))) {
		int e; // the first field of struct nlmsgerr
		memcpy(&e, NLMSG_DATA(head), sizeof(e));
		return e != 0 ? e : -EBADMSG;
	}
	if (head->nlmsg_type != RTM_NEWLINK ||
		head->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return -EBADMSG;
	const struct ifinfomsg *link = NLMSG_DATA(head);
	*out = (struct lull_rtlink){
		.index = link->ifi_index,
		.type = link->ifi_type,
		.up = (link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_RUNNING) != 0,
	};
	int left = (int)IFLA_PAYLOAD(head);
	for (struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		struct rtnl_link_stats64 stats = {0};
		if (a->rta_type != IFLA_STATS64)
			continue;
		size_t n = RTA_PAYLOAD(a); // it grew with kernels
		memcpy(&stats, RTA_DATA(a), n < sizeof(stats) ? n : sizeof(stats));
		out->missed = stats.rx_missed_errors + stats.rx_fifo_errors;
	}
	return 0;
}

// The kernel answers within send(), so nothing is waited for and no answer is left behind.
int lull_rtlink_read(int fd, const char *name, struct lull_rtlink *out)
{
	union {
		struct nlmsghdr head;
		char bytes[ANSWER_BYTES];
	} answer;
	int e = ask(fd, name);
	if (e != 0)
		return e;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	return NLMSG_OK(&answer.head, (size_t)n) ? read_answer(&answer.head, out) : -EBADMSG;
}
