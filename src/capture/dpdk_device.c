// SPDX-License-Identifier: BSD-3-Clause
// What the text of a device tells: PCI or not, the arguments behind it.

#include "dpdk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SHORTEST_RECORD 40 // of a capture file, mostly: 16 bytes and a small frame

bool lull_dpdk_is_pci(const char *device)
{
	unsigned domain, bus, slot, function;
	int end = 0;
	if (sscanf(device, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4) {
		end = 0;
		if (sscanf(device, "%2x:%2x.%1x%n", &bus, &slot, &function, &end) != 3)
			return false;
	}
	return end > 0 && (device[end] == '\0' || device[end] == ',');
}

// The value of key at the first argument at or behind `at`, and its length; NULL: there is none.
static const char *next_value(const char *at, const char *key, size_t *n)
{
	size_t len = strlen(key);
	for (at = strchr(at, ','); at != NULL; at = strchr(at, ',')) {
		at++;
		if (strncmp(at, key, len) != 0 || at[len] != '=')
			continue;
		*n = strcspn(at + len + 1, ",");
		return at + len + 1;
	}
	return NULL;
}

bool lull_dpdk_argument(const char *device, const char *key, char *value, size_t room)
{
	size_t n;
	const char *at = next_value(device, key, &n);
	if (at == NULL)
		return false;
	snprintf(value, room, "%.*s", (int)n, at);
	return true;
}

static bool is_named(const char *device, const char *name)
{
	if (strncmp(device, "net_", 4) == 0)
		device += 4;
	return strncmp(device, name, strlen(name)) == 0;
}

const char *lull_dpdk_device_problem(const char *device, bool huge_pages)
{
	char value[8];
	if (is_named(device, "virtio_user") &&
		lull_dpdk_argument(device, "server", value, sizeof(value)) &&
		strcmp(value, "0") != 0)
		return "as a server it waits for its other side in the middle of opening, for "
		       "ever; let the other side be the server, or use net_memif";
	if (is_named(device, "vhost") && !huge_pages)
		return "it gets no packet without huge pages; make some (sysctl "
		       "vm.nr_hugepages=512), or use net_memif";
	return NULL;
}

bool lull_dpdk_repeats(const char *device)
{
	char value[8];
	return lull_dpdk_argument(device, "infinite_rx", value, sizeof(value)) &&
	       strcmp(value, "0") != 0;
}

size_t lull_dpdk_kept_packets(const char *device)
{
	char path[4096];
	struct stat st;
	size_t n, sum = 0;
	if (!lull_dpdk_repeats(device))
		return 0;
	for (const char *at = next_value(device, "rx_pcap", &n); at != NULL;
		at = next_value(at, "rx_pcap", &n)) {
		snprintf(path, sizeof(path), "%.*s", (int)n, at);
		if (stat(path, &st) == 0)
			sum += (size_t)st.st_size / SHORTEST_RECORD;
	}
	return sum;
}
