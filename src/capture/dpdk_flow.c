// SPDX-License-Identifier: BSD-3-Clause
// Whether a card could count or steer by rules of its own (rte_flow). lull needs none and sets
// none; who plans to offload something learns what there is.

#include "dpdk.h"

#include <errno.h>
#include <lull/log.h>
#include <rte_flow.h>

void lull_dpdk_flow_tell(const struct lull_dpdk_port *p)
{
	static const struct rte_flow_attr attributes = {.ingress = 1};
	static const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH}, {.type = RTE_FLOW_ITEM_TYPE_END}};
	static const struct rte_flow_action_queue first = {.index = 0};
	static const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &first},
		{.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_error error;
	struct lull_dpdk_hush h;
	lull_dpdk_hush_begin(&h);
	int r = rte_flow_validate(p->id, &attributes, pattern, actions, &error);
	lull_dpdk_hush_end(&h, NULL);
	lull_log_info("%s: %s %s (rte_flow); lull needs none", p->spec->device, p->driver_name,
		r == 0         ? "takes flow rules"
		: r == -ENOSYS ? "has no flow rules"
			       : "has flow rules, but not for whole queues");
}
