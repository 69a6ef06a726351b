/// The statistics of the model, in the form of Triton's extension `statistics`.
struct StatisticsAnswer {
  let model: String
  let inference: ServerMetrics.Inference

  var body: [UInt8] {
    var json = JSONWriter()
    func duration(_ json: inout JSONWriter, _ name: String, _ count: Int, _ nanoseconds: Double) {
      json.member(name) {
        $0.object {
          $0.member("count", count)
          $0.member("ns", Int(nanoseconds))
        }
      }
    }
    func duration(_ json: inout JSONWriter, _ name: String, _ histogram: Histogram) {
      duration(&json, name, histogram.count, histogram.sum * 1e9)
    }
    let parts = [inference.queue, inference.input, inference.compute, inference.output]
    json.object { json in
      json.member("model_stats") { json in
        json.array { json in
          json.object { json in
            json.member("name", model)
            json.member("version", ModelSignature.version)
            json.member("last_inference", inference.last)
            json.member("inference_count", inference.rows)
            json.member("execution_count", inference.runs)
            json.member("inference_stats") { json in
              json.object { json in
                duration(
                  &json, "success", inference.successes, parts.reduce(0) { $0 + $1.sum } * 1e9)
                duration(&json, "fail", inference.failures, Double(inference.failureNanoseconds))
                duration(&json, "queue", inference.queue)
                duration(&json, "compute_input", inference.input)
                duration(&json, "compute_infer", inference.compute)
                duration(&json, "compute_output", inference.output)
                duration(&json, "cache_hit", 0, 0)
                duration(&json, "cache_miss", 0, 0)
              }
            }
            json.member("batch_stats") { $0.array { _ in } }
          }
        }
      }
    }
    return json.bytes
  }
}
