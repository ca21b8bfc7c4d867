// SPDX-License-Identifier: BSD-3-Clause
// Names of what an event says.

#include <lull/event.h>

const char *lull_state_name(enum lull_state s)
{
	static const char *const names[LULL_STATES] = {
		[LULL_LEARNING] = "learning",
		[LULL_NOT_MEASURABLE] = "not_measurable",
		[LULL_UP] = "up",
		[LULL_SUSPECTED] = "suspected",
		[LULL_CONFIRMED] = "confirmed",
		[LULL_RECOVERING] = "recovering",
		[LULL_ENDED] = "ended",
		[LULL_LEVEL_SHIFT] = "level_shift",
		[LULL_MEASUREMENT] = "measurement",
	};
	return names[s];
}

const char *lull_kind_name(enum lull_kind k)
{
	static const char *const names[LULL_KINDS] = {"outage", "reroute", "tap", "surge"};
	return names[k];
}

const char *lull_scope_name(enum lull_scope s)
{
	static const char *const names[LULL_SCOPES] = {"unknown", "all", "some", "moved"};
	return names[s];
}

const char *lull_health_name(enum lull_health h)
{
	static const char *const names[LULL_HEALTHS] = {
		"healthy", "unverified", "degraded", "failed"};
	return names[h];
}

const char *lull_loss_name(enum lull_loss l)
{
	static const char *const names[] = {"none", "known", "unknown"};
	return names[l];
}

const char *lull_feature_name(enum lull_feature f)
{
	static const char *const names[LULL_BASES] = {
		"packets", "sources", "active_bins", "syns", "flows"};
	return names[f];
}
