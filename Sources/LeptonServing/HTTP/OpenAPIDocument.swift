import LeptonData
import HTTPTypes

/// The OpenAPI 3.1 document of the server, written from its routes and the model that it serves.
struct OpenAPIDocument {
  let routes: [Route]
  let model: ModelSignature
  let asksForToken: Bool
  let version: String
  let mostRows: Int
  /// Nil where `predict` takes no rows; of a model that takes no images either, `predict` is left out.
  let columns: [TableSchema.Column]?
  let takesImages: Bool

  var json: [UInt8] {
    var json = JSONWriter(capacity: 16 << 10)
    json.object { json in
      json.member("openapi", "3.1.0")
      json.member("info") { json in
        json.object {
          $0.member("title", "Lepton")
          $0.member("version", version)
          $0.member(
            "description",
            "Inference over the Open Inference Protocol, version 2, and predictions for images and "
              + "rows.")
          $0.member("license") {
            $0.object {
              $0.member("name", "Apache-2.0")
              $0.member("identifier", "Apache-2.0")
            }
          }
        }
      }
      json.member("paths") { json in
        json.object { json in
          for route in routes where route.operation != .predict || takesImages || columns != nil {
            json.member(route.template) { json in
              json.object { json in
                json.member(route.method.rawValue.lowercased()) { operation(route, &$0) }
                if route.method == .get {
                  json.member("head") { operation(route, isHead: true, &$0) }
                }
              }
            }
          }
        }
      }
      json.member("components") { json in
        json.object { json in
          json.member("schemas") {
            OpenAPISchemas(model: model, mostRows: mostRows, columns: columns ?? []).write(to: &$0)
          }
          if asksForToken {
            json.member("securitySchemes") {
              $0.object {
                $0.member("token") {
                  $0.object {
                    $0.member("type", "http")
                    $0.member("scheme", "bearer")
                  }
                }
              }
            }
          }
        }
      }
    }
    return json.bytes
  }

  private func operation(_ route: Route, isHead: Bool = false, _ json: inout JSONWriter) {
    let operation = route.operation
    json.object { json in
      let versioned = route.parameterNames.contains("version") ? "Version" : ""
      json.member("operationId", "\(isHead ? "head" : "")\(operation)\(versioned)")
      json.member("summary", operation.summary)
      if asksForToken, !operation.isOpen {
        json.member("security") {
          $0.array { $0.object { $0.member("token") { $0.array { _ in } } } }
        }
      }
      if let description = operation.description { json.member("description", description) }
      if !route.parameterNames.isEmpty {
        json.member("parameters") { json in
          json.array { json in for name in route.parameterNames { parameter(name, &json) } }
        }
      }
      if !bodies(operation).isEmpty { requestBody(operation, &json) }
      json.member("responses") { json in
        json.object { json in
          if isHead {
            response("200", "As for GET, without the body.", [], &json)
          } else {
            response("200", "The answer.", operation.answers, &json)
          }
          for (status, meaning) in refusals(route) {
            let content = isHead ? [] : [("application/json", operation.schema(of: status))]
            response(status, meaning, content, &json)
          }
        }
      }
    }
  }

  private func refusals(_ route: Route) -> [(String, String)] {
    let operation = route.operation
    var refusals: [(String, String)] = []
    if operation.takesBody || !route.parameterNames.isEmpty {
      refusals.append(("400", "The request is wrong."))
    }
    if asksForToken, !operation.isOpen { refusals.append(("401", "A valid token is needed.")) }
    if !route.parameterNames.isEmpty { refusals.append(("404", "There is no such model.")) }
    if operation.takesBody {
      refusals.append(("413", "The body is too large."))
      refusals.append(("415", "The content encoding is unknown."))
      refusals.append(("500", "The model failed."))
    }
    if operation.takesBody || operation == .ready || operation == .modelReady {
      refusals.append(("503", "The server is stopping, or has as much to do as it may."))
    }
    return refusals
  }

  private func parameter(_ name: String, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", name)
      json.member("in", "path")
      json.member("required", true)
      json.member("schema") {
        $0.object {
          $0.member("type", "string")
          $0.member("enum", [name == "model" ? model.name : ModelSignature.version])
        }
      }
    }
  }

  /// The bodies that an operation takes, each with the name of its schema; images have none. What no schema can say, raw
  /// elements behind JSON and CSV with a model's columns, is in the description.
  private func bodies(_ operation: Route.Operation) -> [(type: String, schema: String)] {
    switch operation {
    case .infer: [("application/json", "InferRequest")]
    case .predict where takesImages: [("image/png", ""), ("image/jpeg", "")]
    case .predict where columns != nil: [("application/json", "Rows")]
    case .index: [("application/json", "IndexRequest")]
    default: []
    }
  }

  private func requestBody(_ operation: Route.Operation, _ json: inout JSONWriter) {
    json.member("requestBody") { json in
      json.object { json in
        json.member("required", operation != .index)
        content(bodies(operation), &json)
      }
    }
  }

  private func response(
    _ status: String, _ meaning: String, _ bodies: [(type: String, schema: String)],
    _ json: inout JSONWriter
  ) {
    json.member(status) { json in
      json.object { json in
        json.member("description", meaning)
        if !bodies.isEmpty { content(bodies, &json) }
      }
    }
  }

  private func content(_ bodies: [(type: String, schema: String)], _ json: inout JSONWriter) {
    json.member("content") { json in
      json.object { json in
        for body in bodies {
          json.member(body.type) { json in
            json.object { json in
              json.member("schema") {
                $0.object {
                  if body.schema.isEmpty {
                    $0.member("type", "string")
                    let isText = body.type.hasPrefix("text/")
                    $0.member(isText ? "contentMediaType" : "format", isText ? body.type : "binary")
                  } else {
                    $0.member("$ref", "#/components/schemas/\(body.schema)")
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

extension Route.Operation {
  fileprivate var summary: String {
    switch self {
    case .live: "Whether the server runs."
    case .ready: "Whether it takes requests for inference."
    case .server: "What the server is."
    case .model: "The inputs and outputs of the model."
    case .modelReady: "Whether the model takes requests."
    case .infer: "Runs the model on tensors."
    case .predict: "What the model says of an image or of rows."
    case .card: "The model for people: classes, columns, figures."
    case .statistics, .modelStatistics: "What the model has done so far."
    case .index: "The models that are served."
    case .metrics: "Figures for Prometheus."
    case .document: "This document."
    case .page: "A page to try the model."
    }
  }

  fileprivate var description: String? {
    switch self {
    case .infer:
      "Elements are JSON numbers, flat or nested, for any number of examples. With the header "
        + "Inference-Header-Content-Length, the length of the JSON, raw little-endian elements may "
        + "follow it as application/octet-stream: the input then has the parameter "
        + "binary_data_size in place of data. The request's parameter timeout, in microseconds, "
        + "bounds how long it waits. Bodies may be gzip."
    case .predict:
      "Images are PNG or JPEG of any size. Rows are JSON by column, or text/csv with a header."
    default: nil
    }
  }

  fileprivate var takesBody: Bool {
    switch self {
    case .infer, .predict, .index: true
    default: false
    }
  }

  fileprivate var answers: [(type: String, schema: String)] {
    switch self {
    case .live: [("application/json", "Live")]
    case .ready: [("application/json", "Ready")]
    case .server: [("application/json", "Server")]
    case .model: [("application/json", "Model")]
    case .modelReady: [("application/json", "ModelReady")]
    case .infer: [("application/json", "InferResponse"), ("application/octet-stream", "")]
    case .predict: [("application/json", "Predictions")]
    case .card, .document: [("application/json", "Object")]
    case .statistics, .modelStatistics: [("application/json", "Statistics")]
    case .index: [("application/json", "Index")]
    case .metrics: [("text/plain", "")]
    case .page: [("text/html", "")]
    }
  }

  /// Of the body of a refusal: readiness says no in its own form.
  fileprivate func schema(of status: String) -> String {
    switch self {
    case .ready where status == "503": "Ready"
    case .modelReady where status == "503": "ModelReady"
    default: "Error"
    }
  }
}
