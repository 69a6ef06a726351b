// swift-tools-version: 6.2
// Reads like docs/architecture.md: from the values at the bottom to the command line at the top.
// A target imports only what stands above it in this file.
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func layer(
  _ name: String, on dependencies: [Target.Dependency], excluding files: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: files, swiftSettings: strict)
}

func tests(_ name: String, on dependencies: [Target.Dependency], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: name + "Tests", dependencies: [.target(name: name)] + dependencies,
    resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "lepton",
  products: [
    .library(name: "Lepton", targets: ["Lepton", "LeptonTraining", "LeptonCompression"]),
    .library(name: "LeptonNavigator", targets: ["LeptonNavigator", "LeptonONNX"]),
    .executable(name: "lepton", targets: ["LeptonCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // C libraries, and the two C targets that hold everything native.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CLeptonDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CLeptonKernels", linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),

    // Values, graph, operations.
    layer("LeptonValues", on: []),
    layer("LeptonGraph", on: ["LeptonValues"]),
    layer("LeptonOps", on: ["LeptonGraph"]),

    // Back ends and the compiler.
    layer("LeptonRuntime", on: ["LeptonOps"]),
    layer("LeptonCPU", on: ["LeptonRuntime", "CLeptonDNN", "CLeptonKernels"]),
    layer("LeptonCompiler", on: ["LeptonCPU"]),

    // Formats and authoring.
    layer("LeptonData", on: ["LeptonValues", "CZlib", "CPNG", "CTurboJPEG", "CCrypto"]),
    layer("LeptonFormats", on: ["LeptonOps", "LeptonData"]),
    layer(
      "LeptonONNX",
      on: ["LeptonCompiler", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      excluding: ["onnx.proto"]),
    layer("Lepton", on: ["LeptonCompiler"]),

    // Craft.
    layer("LeptonTraining", on: ["Lepton", "LeptonData", "LeptonFormats"]),
    layer("LeptonCompression", on: ["Lepton", "LeptonData"]),

    // Journeys and the command line.
    layer(
      "LeptonNavigator",
      on: [
        "LeptonTraining", "LeptonCompression", "LeptonFormats", "LeptonONNX",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "Yams", package: "Yams"),
      ],
      excluding: ["Tracking/events.proto"]),
    layer(
      "LeptonServing",
      on: [
        "Lepton", "LeptonData", "LeptonONNX",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "LeptonCommand",
      dependencies: [
        "LeptonNavigator", "LeptonServing",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests, a bundle for each layer.
    tests("LeptonGraph", on: ["LeptonOps"]),
    tests("LeptonOps", on: ["LeptonRuntime"], resources: [.copy("Golden")]),
    tests("LeptonCPU", on: ["LeptonCompiler", "CLeptonKernels"]),
    tests("LeptonCompiler", on: []),
    tests("LeptonONNX", on: ["Lepton"], resources: [.copy("Golden")]),
    tests("Lepton", on: []),
    tests("LeptonData", on: []),
    tests("LeptonFormats", on: ["LeptonCompiler"], resources: [.copy("Golden")]),
    tests("LeptonTraining", on: ["LeptonONNX"], resources: [.copy("Golden")]),
    tests("LeptonCompression", on: ["LeptonTraining", "LeptonONNX"]),
    tests(
      "LeptonNavigator", on: [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    tests("LeptonServing", on: []),
    tests("LeptonCommand", on: [], resources: [.copy("Golden")]),
  ],
  swiftLanguageModes: [.v6]
)

// What fuzzes the readers of files is built only on request (Fuzz/fuzz.sh): it needs sanitizers in everything it links,
// and for the reader of ONNX that is much.
if let fuzzed = Context.environment["LEPTON_FUZZ"] {
  let withONNX = fuzzed == "onnx"
  package.products.append(.executable(name: "LeptonFuzz", targets: ["LeptonFuzz"]))
  package.targets.append(
    .executableTarget(
      name: "LeptonFuzz", dependencies: ["LeptonFormats"] + (withONNX ? ["LeptonONNX"] : []),
      path: "Fuzz", exclude: ["Seeds", "fuzz.sh"],
      swiftSettings: strict + (withONNX ? [.define("FUZZ_ONNX")] : [])))
}
