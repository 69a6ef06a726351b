// Calls: a primitive with one memory object for each of its arguments, made once.
#include "dnn.h"
#include <stdlib.h>

struct ld_call {
  const_dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  dnnl_exec_arg_t arguments[LD_ARGUMENT_COUNT];
  int count;
  bool failed;
  dnnl_memory_t memories[LD_ARGUMENT_COUNT];
  ld_primitive *held;
};

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
  for (int a = 0; a < LD_ARGUMENT_COUNT; a++) {
    if (!p->layouts[a]) continue;
    dnnl_status_t status = dnnl_memory_create(&call->memories[a], &p->layouts[a]->desc,
                                              ld_engine(), DNNL_MEMORY_NONE);
    if (status != dnnl_success) {
      ld_refuse("dnnl_memory_create", status);
      ld_call_release(call);
      return NULL;
    }
    call->arguments[call->count++] =
        (dnnl_exec_arg_t){ld_argument_index((ld_argument)a), call->memories[a]};
  }
  return call;
}

void ld_call_bind(ld_call *call, ld_argument argument, void *memory) {
  dnnl_memory_t bound = call->memories[argument];
  if (!bound) return;
  if (dnnl_memory_set_data_handle(bound, memory) != dnnl_success) call->failed = true;
}

void ld_call_release(ld_call *call) {
  if (!call) return;
  for (int a = 0; a < LD_ARGUMENT_COUNT; a++)
    if (call->memories[a]) dnnl_memory_destroy(call->memories[a]);
  ld_primitive_release(call->held);
  free(call);
}

void ld_run(void *context) {
  ld_call *call = context;
  dnnl_status_t status =
      dnnl_primitive_execute(call->primitive, call->stream, call->count, call->arguments);
  if (status != dnnl_success) {
    dnnl_stream_wait(call->stream);
    call->failed = true;
  }
}

bool ld_call_failed(const ld_call *call) { return call->failed; }
