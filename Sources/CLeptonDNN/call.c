// Calls: a primitive with one memory object for each of its arguments, made once.
#include "dnn.h"
#include <stdlib.h>

// A primitive whose factors are arguments (oneDNN 3.x) adds its bias behind them, where it is in real units; the call
// brings it there.
typedef struct {
  const float *given;  // in accumulator units, the caller's
  float *real;         // what the primitive reads; NULL where it reads the caller's
  int count;
} scaled_bias;

struct ld_call {
  const_dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  dnnl_exec_arg_t arguments[LD_ARGUMENT_COUNT + 1];  // one for factors
  int count;
  bool failed;
  scaled_bias bias;
  dnnl_memory_t memories[LD_ARGUMENT_COUNT], factors;
  ld_primitive *held;
};

static bool add_argument(ld_call *call, int index, ld_desc desc, void *data,
                         dnnl_memory_t *memory) {
  dnnl_status_t status = dnnl_memory_create(memory, desc, ld_engine(), data);
  if (status != dnnl_success) return ld_refuse("dnnl_memory_create", status);
  call->arguments[call->count++] = (dnnl_exec_arg_t){index, *memory};
  return true;
}

static bool add_factors(ld_call *call) {
  const ld_factors *factors = &call->held->factors;
  if (!factors->values) return true;
  int64_t count = factors->count;
  ld_desc desc = ld_desc_plain(LD_F32, 1, &count);
  return desc && add_argument(call, factors->argument, desc, factors->values,
                              &call->factors);
}

static bool add_bias(ld_call *call) {
  const ld_layout *layout = call->held->layouts[LD_BIAS];
  if (!layout || !call->held->factors.values) return true;
  call->bias.count = (int)(layout->bytes / sizeof(float));
  call->bias.real = malloc(layout->bytes);
  return (call->bias.real &&
          dnnl_memory_set_data_handle(call->memories[LD_BIAS], call->bias.real) == dnnl_success) ||
         ld_refuse("call", dnnl_out_of_memory);
}

ld_call *ld_call_create(ld_primitive *p) {
  ld_call *call = calloc(1, sizeof *call);
  if (!call) {
    ld_refuse("call", dnnl_out_of_memory);
    return NULL;
  }
  p->holders++;
  call->held = p;
  call->primitive = p->primitive;
  call->stream = ld_stream();
  bool made = true;
  for (int a = 0; a < LD_ARGUMENT_COUNT && made; a++)
    if (p->layouts[a])
      made = add_argument(call, ld_argument_index((ld_argument)a), p->layouts[a]->desc,
                          DNNL_MEMORY_NONE, &call->memories[a]);
  if (made && add_factors(call) && add_bias(call)) return call;
  ld_call_release(call);
  return NULL;
}

void ld_call_bind(ld_call *call, ld_argument argument, void *memory) {
  dnnl_memory_t bound = call->memories[argument];
  if (!bound) return;
  if (argument == LD_BIAS && call->bias.real)
    call->bias.given = memory;
  else if (dnnl_memory_set_data_handle(bound, memory) != dnnl_success)
    call->failed = true;
}

void ld_call_release(ld_call *call) {
  if (!call) return;
  for (int a = 0; a < LD_ARGUMENT_COUNT; a++)
    if (call->memories[a]) dnnl_memory_destroy(call->memories[a]);
  if (call->factors) dnnl_memory_destroy(call->factors);
  free(call->bias.real);
  ld_primitive_release(call->held);
  free(call);
}

static void scale_bias(ld_call *call) {
  const ld_factors *factors = &call->held->factors;
  const float *given = call->bias.given;
  float *real = call->bias.real;
  for (int i = 0; i < call->bias.count; i++)
    real[i] = given[i] * factors->values[factors->count == 1 ? 0 : i];
}

void ld_run(void *context) {
  ld_call *call = context;
  if (call->bias.real) scale_bias(call);
  dnnl_status_t status =
      dnnl_primitive_execute(call->primitive, call->stream, call->count, call->arguments);
  if (status != dnnl_success) {
    dnnl_stream_wait(call->stream);
    call->failed = true;
  }
}

bool ld_call_failed(const ld_call *call) { return call->failed; }
