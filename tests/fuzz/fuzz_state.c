// SPDX-License-Identifier: BSD-3-Clause
// The detector's memory: any bytes, and what a real detector saved with some of its bytes changed.
// What is refused leaves a fresh detector; what is accepted runs on for fifty bins and saves to
// something that loads again.
//
// An input that begins with 'm' goes on with a byte of choices and a list of changes (u24 place, in
// 2^24ths of the memory's length, u8 value) to a memory with open events; any other is the memory.

#include "../unit/scene.h"
#include <errno.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t keys[] = {0, 1, 2, 3};
static const char *const names[] = {"all", "u1", "u2", "u3"};
static const struct lull_upstreams upstreams = {4, keys, names};
static struct scene scene;
static uint8_t *memory[2]; // of an outage and a re-route; of sparse series on longer bins
static size_t n_memory[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < 2; i++) {
		scene_open(&scene, 77, "1s", 3, 2, i ? 0.4 : 50, i ? 2 : 400);
		double at = i ? 7000 : 450;
		scene_phase(&scene, 0, at - 30, 1e9, 0.0);
		flow_phase(&scene.out[1][0], at - 30, 1e9, 0.0);
		flow_phase(&scene.out[1][1], at - 30, 1e9, 2.0);
		scene_run(&scene, at);
		if (lull_detect_save(scene.detect, &upstreams, &memory[i], &n_memory[i]))
			abort();
		if (i == 0)
			scene_close(&scene);
	}
	lull_detect_destroy(scene.detect);
	scene.detect = NULL;
	return 0;
}

static void use(const struct lull_event *ev)
{
	size_t n = strlen(ev->id) + strlen(ev->target_name) + strlen(ev->upstream);
	for (size_t i = 0; i < ev->n_parts; i++)
		n += strlen(ev->parts[i].upstream);
	for (size_t i = 0; i < ev->n_causes; i++)
		n += strlen(ev->causes[i].label) + strlen(ev->causes[i].evidence);
	n += strlen(lull_state_name(ev->state)) + strlen(lull_kind_name(ev->kind));
	n += strlen(ev->config_digest);
	if (n == 0) // never: every event has a state; but now nothing above may be left out
		abort();
}

static void on_event(void *context, const struct lull_event *ev)
{
	(void)context;
	use(ev);
}

static void run_on(struct lull_detect *d, uint8_t kind)
{
	uint64_t seq = scene.seq, start_ns = scene.start_ns;
	scene.detect = d;
	scene.rng.s = 1;
	scene.seq = kind & 2 ? 0 : 500;
	if (kind & 1)
		scene_gap(&scene, 100);
	scene.n_events = 0;
	scene_run(&scene, (double)scene.seq + scene.gap_s + 50);
	struct lull_target_status status;
	for (uint32_t t = 1; t <= 3; t++)
		lull_detect_status(d, t, &status);
	lull_detect_open(d);
	lull_detect_finish(d);
	scene.seq = seq;
	scene.start_ns = start_ns;
	scene.gap_s = 0.0;
	scene.next_gap_ns = 0;
}

static int load(const uint8_t *bytes, size_t n, uint8_t kind)
{
	struct lull_detect *d = lull_detect_create(scene.config, scene.targets, on_event, &scene);
	if (!d)
		abort();
	int err = lull_detect_load(d, &upstreams, bytes, n);
	if (err && (lull_detect_open(d) != 0 || err != -EBADMSG))
		abort();
	if (!err)
		run_on(d, kind);
	lull_detect_destroy(d);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3 || data[0] != 'm') {
		uint8_t *copy = malloc(size + 1);
		if (size > 0)
			memcpy(copy, data, size);
		load(copy, size, 0);
		free(copy);
		return 0;
	}
	uint8_t kind = data[1];
	size_t which = kind >> 2 & 1, n = n_memory[which];
	uint8_t *copy = malloc(n);
	memcpy(copy, memory[which], n);
	for (size_t i = 2; i + 4 <= size; i += 4) {
		size_t at = (size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2];
		copy[at * n >> 24] = data[i + 3];
	}
	load(copy, n, kind);
	free(copy);
	return 0;
}
