// SPDX-License-Identifier: BSD-3-Clause
// The packet filter: cBPF as libpcap compiles and runs it. DPDK's conversion is not used: it
// miscompiles indirect byte and word loads (`tcp[13] & 2 != 0`).

#include <errno.h>
#include <lull/log.h>
#include <lull/source.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKTYPES 65536u
#define ETHERNET 1

struct lull_filter {
	char *expression;
	pthread_mutex_t compiling;
	// By link type; set once, read-only afterwards. NULL: not compiled yet. The table's pages
	// that are never looked at cost nothing.
	_Atomic(struct bpf_program *) *programs;
};

// A pcap handle as libpcap would open it for a file of that link type: so that its own table
// from LINKTYPE_ numbers to its DLT_ numbers is used. NULL with the reason in why.
static pcap_t *open_handle(uint16_t linktype, char *why)
{
	struct pcap_file_header header = {
		.magic = 0xa1b2c3d4,
		.version_major = 2,
		.version_minor = 4,
		.snaplen = LULL_CAPLEN, // what an accepting program returns
		.linktype = linktype,
	};
	FILE *f = fmemopen(&header, sizeof(header), "rb");
	if (f == NULL) {
		snprintf(why, PCAP_ERRBUF_SIZE, "%s", strerror(errno));
		return NULL;
	}
	pcap_t *pcap = pcap_fopen_offline(f, why);
	if (pcap == NULL)
		fclose(f);
	return pcap;
}

// `protochain` is the one word that compiles to a jump backward, and so to work a packet's
// sender may stretch.
static bool loops(const struct bpf_program *program)
{
	for (unsigned i = 0; i < program->bf_len; i++)
		if (program->bf_insns[i].code == (BPF_JMP | BPF_JA) &&
			(int32_t)program->bf_insns[i].k < 0)
			return true;
	return false;
}

// NULL with the reason in why. The caller frees it with destroy_program().
static struct bpf_program *compile(const char *expression, uint16_t linktype, char *why)
{
	pcap_t *pcap = open_handle(linktype, why);
	if (pcap == NULL)
		return NULL;
	struct bpf_program *program = calloc(1, sizeof(*program));
	if (program == NULL) {
		snprintf(why, PCAP_ERRBUF_SIZE, "%s", strerror(ENOMEM));
	} else if (pcap_compile(pcap, program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(why, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(pcap));
		free(program);
		program = NULL;
	} else if (loops(program)) {
		snprintf(why, PCAP_ERRBUF_SIZE, "protochain is not supported, its program loops");
		pcap_freecode(program);
		free(program);
		program = NULL;
	}
	pcap_close(pcap);
	return program;
}

static void destroy_program(struct bpf_program *program)
{
	if (program == NULL)
		return;
	pcap_freecode(program);
	free(program);
}

struct lull_filter *lull_filter_create(const char *expression)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct lull_filter *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	pthread_mutex_init(&f->compiling, NULL);
	f->expression = strdup(expression);
	f->programs = calloc(LINKTYPES, sizeof(*f->programs));
	if (f->expression == NULL || f->programs == NULL) {
		errno = ENOMEM;
		goto fail;
	}
	struct bpf_program *ethernet = compile(expression, ETHERNET, why);
	if (ethernet == NULL) {
		lull_log_error("filter \"%s\": %s (the language is that of pcap-filter(7))",
			expression, why);
		errno = EINVAL;
		goto fail;
	}
	atomic_init(&f->programs[ETHERNET], ethernet);
	return f;
fail:;
	int saved = errno;
	lull_filter_destroy(f);
	errno = saved;
	return NULL;
}

void lull_filter_destroy(struct lull_filter *f)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; f->programs != NULL && i < LINKTYPES; i++)
		destroy_program(atomic_load_explicit(&f->programs[i], memory_order_relaxed));
	free(f->programs);
	free(f->expression);
	pthread_mutex_destroy(&f->compiling);
	free(f);
}

// First packet of a link type. A program without instructions passes nothing.
static const struct bpf_program *compile_late(struct lull_filter *f, uint16_t linktype)
{
	static const struct bpf_program none = {0};
	char why[PCAP_ERRBUF_SIZE] = "";
	pthread_mutex_lock(&f->compiling);
	struct bpf_program *program =
		atomic_load_explicit(&f->programs[linktype], memory_order_relaxed);
	if (program == NULL) {
		program = compile(f->expression, linktype, why);
		if (program == NULL) {
			lull_log_warning("filter \"%s\": %s; packets of link type %u do not pass",
				f->expression, why, linktype);
			program = calloc(1, sizeof(*program));
		}
		atomic_store_explicit(&f->programs[linktype], program, memory_order_release);
	}
	pthread_mutex_unlock(&f->compiling);
	return program != NULL ? program : &none;
}

bool lull_filter_pass(struct lull_filter *f, const struct lull_packet *packet)
{
	const struct bpf_program *program =
		atomic_load_explicit(&f->programs[packet->linktype], memory_order_acquire);
	if (program == NULL)
		program = compile_late(f, packet->linktype);
	// libpcap takes no instructions for "accept everything".
	if (program->bf_len == 0)
		return false;
	return bpf_filter(program->bf_insns, packet->data, packet->wirelen, packet->caplen) != 0;
}
