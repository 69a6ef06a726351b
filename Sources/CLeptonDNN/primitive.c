// Primitives: made from a descriptor, asked for their layouts, shared by their calls.
#include "dnn.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- failures ------------------------------------------------------------------------------
static _Thread_local char last_error[256];

const char *ld_last_error(void) { return last_error; }

bool ld_refuse_because(const char *what, const char *reason) {
  snprintf(last_error, sizeof last_error, "%s: %s", what, reason);
  return false;
}

bool ld_refuse(const char *what, dnnl_status_t status) {
  static const char *const reasons[] = {
      [dnnl_success] = "success",
      [dnnl_out_of_memory] = "out of memory",
      [dnnl_invalid_arguments] = "invalid arguments",
      [dnnl_unimplemented] = "no implementation for these shapes, types and formats",
      [dnnl_runtime_error] = "runtime error",
      [dnnl_not_required] = "not required",
  };
  bool known = (size_t)status < sizeof reasons / sizeof *reasons && reasons[status];
  return ld_refuse_because(what, known ? reasons[status] : "unknown failure");
}

const char *ld_version(void) {
  static char text[32];
  const dnnl_version_t *v = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
  return text;
}

static bool has(unsigned here, dnnl_cpu_isa_t isa) { return (here & isa) == (unsigned)isa; }

// The library's codes are sets of bits, which newer processors add to.
ld_processor ld_processor_here(void) {
  unsigned here = (unsigned)dnnl_get_effective_cpu_isa();
  bool narrow = has(here, dnnl_cpu_isa_avx2), wide = has(here, dnnl_cpu_isa_avx512_core);
  return (ld_processor){
      .channel_block = wide ? 16 : narrow ? 8 : 0,
      .winograd = wide && ld_has_winograd,
      .bf16 = wide,
      .bf16_native = has(here, dnnl_cpu_isa_avx512_core_bf16),
      .int8_native =
          has(here, dnnl_cpu_isa_avx512_core_vnni) || has(here, dnnl_cpu_isa_avx2_vnni),
  };
}

// ---- the one engine and stream ---------------------------------------------------------------
static pthread_once_t opened = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static ld_attributes plain;
static dnnl_status_t opening;

static void open_engine(void) {
  opening = dnnl_engine_create(&engine, dnnl_cpu, 0);
  if (opening == dnnl_success)
    opening = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  if (opening == dnnl_success && !ld_attributes_create(&plain)) opening = dnnl_out_of_memory;
}

dnnl_engine_t ld_engine(void) {
  pthread_once(&opened, open_engine);
  if (opening == dnnl_success) return engine;
  ld_refuse("engine", opening);
  return NULL;
}

dnnl_stream_t ld_stream(void) { return ld_engine() ? stream : NULL; }

const_dnnl_primitive_attr_t ld_plain_attributes(void) { return ld_engine() ? plain.handle : NULL; }

// ---- primitives ------------------------------------------------------------------------------
int ld_argument_index(ld_argument argument) {
  static const int indices[LD_ARGUMENT_COUNT] = {
      [LD_SRC] = DNNL_ARG_SRC,
      [LD_WEIGHTS] = DNNL_ARG_WEIGHTS,
      [LD_BIAS] = DNNL_ARG_BIAS,
      [LD_DST] = DNNL_ARG_DST,
      [LD_DIFF_SRC] = DNNL_ARG_DIFF_SRC,
      [LD_DIFF_WEIGHTS] = DNNL_ARG_DIFF_WEIGHTS,
      [LD_DIFF_BIAS] = DNNL_ARG_DIFF_BIAS,
      [LD_DIFF_DST] = DNNL_ARG_DIFF_DST,
      [LD_WORKSPACE] = DNNL_ARG_WORKSPACE,
      [LD_SCRATCHPAD] = DNNL_ARG_SCRATCHPAD,
      [LD_MEAN] = DNNL_ARG_MEAN,
      [LD_VARIANCE] = DNNL_ARG_VARIANCE,
      [LD_SCALE] = DNNL_ARG_SCALE,
      [LD_SHIFT] = DNNL_ARG_SHIFT,
      [LD_DIFF_SCALE] = DNNL_ARG_DIFF_SCALE,
      [LD_DIFF_SHIFT] = DNNL_ARG_DIFF_SHIFT,
  };
  return indices[argument];
}

ld_primitive *ld_primitive_make(const char *what, dnnl_status_t status, dnnl_primitive_desc_t desc,
                                ld_attributes *attributes) {
  ld_factors factors = attributes ? attributes->factors : (ld_factors){0};
  if (attributes) dnnl_primitive_attr_destroy(attributes->handle);
  ld_primitive *made = NULL;
  if (status == dnnl_success) {
    made = calloc(1, sizeof *made);
    status = made ? dnnl_primitive_create(&made->primitive, desc) : dnnl_out_of_memory;
    if (status != dnnl_success) dnnl_primitive_desc_destroy(desc);
  }
  if (status != dnnl_success) {
    if (ld_engine()) ld_refuse(what, status);
    free(factors.values);
    free(made);
    return NULL;
  }
  made->desc = desc;
  made->factors = factors;
  made->holders = 1;
  dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &made->implementation);
  for (int a = 0; a < LD_ARGUMENT_COUNT; a++) {
    int index = ld_argument_index((ld_argument)a);
    ld_desc wanted = dnnl_primitive_desc_query_md(desc, dnnl_query_exec_arg_md, index);
    if (!wanted || ld_desc_facts(wanted).rank == 0) continue;
    if ((made->layouts[a] = ld_layout_intern(wanted))) continue;
    ld_primitive_release(made);
    return NULL;
  }
  const ld_layout *bias = made->layouts[LD_BIAS];
  if (!bias || !factors.values || bias->dtype == LD_F32) return made;
  ld_refuse_because(what, "a bias under scales is f32");
  ld_primitive_release(made);
  return NULL;
}

const ld_layout *ld_primitive_layout(const ld_primitive *p, ld_argument argument) {
  return p->layouts[argument];
}

const char *ld_primitive_implementation(const ld_primitive *p) { return p->implementation; }

bool ld_primitive_is_reference(const ld_primitive *p) {
  for (const char *at = p->implementation; (at = strstr(at, "ref")); at++)
    if (at == p->implementation || at[-1] == ':' || at[-1] == '_') return true;
  return false;
}

void ld_primitive_release(ld_primitive *p) {
  if (!p || --p->holders > 0) return;
  dnnl_primitive_destroy(p->primitive);
  dnnl_primitive_desc_destroy(p->desc);
  free(p->factors.values);
  free(p);
}
