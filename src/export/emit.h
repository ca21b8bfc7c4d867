// SPDX-License-Identifier: BSD-3-Clause
// How a family's samples are found in the view: one emitter per kind of place and number. Most
// take the figure at family->at of the struct they go through; the rest is made for one family.

#pragma once

#include "page.h"

// The run: struct lull_metrics_view.
void lull_emit_run_u64(struct lull_page *p, const struct lull_family *f);
void lull_emit_run_ns(struct lull_page *p, const struct lull_family *f);
void lull_emit_run_double(struct lull_page *p, const struct lull_family *f);
void lull_emit_reloads(struct lull_page *p, const struct lull_family *f);
void lull_emit_state_saves(struct lull_page *p, const struct lull_family *f);
void lull_emit_build(struct lull_page *p, const struct lull_family *f);
void lull_emit_config(struct lull_page *p, const struct lull_family *f);
void lull_emit_stages(struct lull_page *p, const struct lull_family *f);
void lull_emit_targets(struct lull_page *p, const struct lull_family *f);
void lull_emit_targets_omitted(struct lull_page *p, const struct lull_family *f);

// Every target shown: struct lull_metric_target; `directions`: one figure per direction.
void lull_emit_target_directions(struct lull_page *p, const struct lull_family *f);
void lull_emit_target_u64(struct lull_page *p, const struct lull_family *f);
void lull_emit_target_double(struct lull_page *p, const struct lull_family *f);
void lull_emit_target_states(struct lull_page *p, const struct lull_family *f);

// Every port: struct lull_metric_port.
void lull_emit_port_u64(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_bool(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_double(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_info(struct lull_page *p, const struct lull_family *f);
// The tally of each class; at: within struct lull_tally. So for the residual.
void lull_emit_port_classes(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_residual(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_lost(struct lull_page *p, const struct lull_family *f);
void lull_emit_port_loss_known(struct lull_page *p, const struct lull_family *f);

// Every queue: struct lull_metric_queue.
void lull_emit_queue_u64(struct lull_page *p, const struct lull_family *f);
void lull_emit_queue_bool(struct lull_page *p, const struct lull_family *f);
void lull_emit_queue_double(struct lull_page *p, const struct lull_family *f);
void lull_emit_queue_info(struct lull_page *p, const struct lull_family *f);
void lull_emit_queue_fill(struct lull_page *p, const struct lull_family *f);

// The process: struct lull_process. A figure that is NAN has no sample.
void lull_emit_process(struct lull_page *p, const struct lull_family *f);
