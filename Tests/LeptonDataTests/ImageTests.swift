import Foundation
import LeptonValues
import Testing

import LeptonData

@Suite("Images")
struct ImageTests {
  /// A smooth picture: brightness rises to the right, red falls downwards.
  static func ramp(width: Int, height: Int, channels: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let grey = UInt8(255 * x / max(1, width - 1))
        pixels += channels == 1 ? [grey] : [UInt8(255 - 255 * y / max(1, height - 1)), grey, grey]
      }
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test("PNG comes back exactly", arguments: [1, 3])
  func png(channels: Int) throws {
    let image = Self.ramp(width: 19, height: 7, channels: channels)
    #expect(try Image.decode(try PNG.encode(image)) == image)
  }

  @Test("JPEG comes back nearly", arguments: [1, 3])
  func jpeg(channels: Int) throws {
    let image = Self.ramp(width: 32, height: 24, channels: channels)
    let back = try Image.decode(try JPEG.encode(image))
    #expect(back.channels == channels)
    #expect(zip(back.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) < 16 })
  }

  @Test("colours convert on reading", arguments: [true, false])
  func conversion(isPNG: Bool) throws {
    func encode(_ image: Image) throws -> [UInt8] {
      isPNG ? try PNG.encode(image) : try JPEG.encode(image)
    }
    let grey = try Image.decode(
      try encode(Self.ramp(width: 16, height: 16, channels: 3)), colour: .grey)
    #expect(grey.channels == 1)
    let colour = try Image.decode(
      try encode(Self.ramp(width: 16, height: 16, channels: 1)), colour: .rgb)
    #expect(colour.channels == 3)
    #expect(colour.pixels[3 * 8] == colour.pixels[3 * 8 + 2])
  }

  @Test("files cut short or of another kind are refused, not decoded in part")
  func damage() throws {
    let image = Self.ramp(width: 64, height: 64, channels: 3)
    for whole in [try PNG.encode(image), try JPEG.encode(image)] {
      for count in [0, 3, 20, whole.count / 2] {
        #expect(throws: LeptonError.self) { try Image.decode(Array(whole[..<count])) }
      }
    }
    #expect(throws: LeptonError.self) { try Image.decode(Array("GIF89a".utf8)) }
  }

  @Test("the tensor has its channels one after the other")
  func planar() {
    let image = Image(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.tensor == TensorData([UInt8(1), 4, 2, 5, 3, 6], shape: [3, 1, 2]))
  }

  @Test("halving averages what a pixel covers, doubling interpolates, the same size is the same")
  func resize() {
    let checks = Image(
      width: 8, height: 8, channels: 1,
      pixels: (0..<64).map { ($0 / 8 + $0 % 8) % 2 == 0 ? 200 : 100 })
    #expect(checks.resized(height: 2, width: 2).pixels.allSatisfy { (145...155).contains($0) })
    let step = Image(width: 2, height: 1, channels: 1, pixels: [0, 100])
    #expect(step.resized(height: 1, width: 4).pixels == [0, 25, 75, 100])
    #expect(checks.resized(height: 8, width: 8) == checks)
  }

  @Test("resizing agrees with Pillow's BILINEAR to one grey level")
  func pillow() {
    let image = Image(
      width: 5, height: 4, channels: 1, pixels: (0..<20).map { UInt8(($0 * 37) % 256) })
    let smaller = image.resized(height: 3, width: 2).pixels
    let larger = image.resized(height: 6, width: 7).pixels
    #expect(zip(smaller, Self.pillowSmaller).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    #expect(zip(larger, Self.pillowLarger).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  // Image.fromarray(((np.arange(20) * 37) % 256).astype("u1").reshape(4, 5)).resize(..., BILINEAR)
  private static let pillowSmaller: [UInt8] = [71, 93, 152, 98, 101, 151]
  private static let pillowLarger: [UInt8] = [
    0, 21, 48, 74, 100, 127, 148, 93, 114, 104, 39, 65, 92, 113,
    173, 194, 160, 34, 60, 69, 65, 126, 147, 161, 157, 183, 118, 18,
    79, 100, 127, 153, 179, 151, 99, 43, 64, 91, 117, 143, 170, 191,
  ]
}

@Suite("Image folders")
struct ImageFolderTests {
  private func fill(_ folder: TemporaryFolder, _ root: String, classes: [String]) throws {
    for (index, name) in classes.enumerated() {
      let image = ImageTests.ramp(width: 8 + 4 * index, height: 8, channels: 1)
      try folder.write(try PNG.encode(image), as: "\(root)\(name)/a.png")
      try folder.write(try JPEG.encode(image), as: "\(root)\(name)/b.JPG")
    }
  }

  @Test("classes are folders in order; the first image decides the size; bad files are listed")
  func flat() throws {
    let folder = try TemporaryFolder()
    try fill(folder, "", classes: ["cat", "ant"])
    try folder.write("not an image", as: "cat/c.png")
    try folder.write("notes", as: "cat/readme.txt")
    try folder.write("hidden", as: "cat/.DS_Store")
    let data = try DataSource.open(folder.path, options: DataOptions(maxBad: 1))
    #expect(data.train.classes == ["ant", "cat"])
    #expect(data.train.features.type == TensorType(.u8, [4, 1, 8, 12]))
    #expect(data.train.labels.array(of: Int32.self) == [0, 0, 1, 1])
    #expect(
      Set(data.skipped.map { ($0.file as String).suffix(10) }) == ["/cat/c.png", "readme.txt"])
    #expect(data.test == nil)
  }

  @Test("parts are folders too; a given size and colour hold for all")
  func parts() throws {
    let folder = try TemporaryFolder()
    for part in ["train/", "val/", "test/"] { try fill(folder, part, classes: ["a", "b"]) }
    let data = try DataSource.open(
      "images:\(folder.path)",
      options: DataOptions(imageSize: .init(height: 4, width: 6), colour: .rgb))
    for part in [data.train, try #require(data.validation), try #require(data.test)] {
      #expect(part.features.type == TensorType(.u8, [4, 3, 4, 6]))
    }
  }

  @Test("a class that only the test part has, and one without images, are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try fill(folder, "train/", classes: ["cat", "dog"])
    try fill(folder, "test/", classes: ["cat", "dogs"])
    let unknown = #expect(throws: LeptonError.self) { try DataSource.open(folder.path) }
    #expect(unknown?.fix == "did you mean \"dog\"?")

    let empty = try TemporaryFolder()
    try fill(empty, "", classes: ["cat", "dog"])
    try empty.write("no", as: "eel/x.png")
    let error = #expect(throws: LeptonError.self) {
      try DataSource.open(empty.path, options: DataOptions(maxBad: 1))
    }
    #expect(error?.what == "class \"eel\" has no readable image")
  }

  @Test(
    "folders inside of a class belong to it; a loop of links ends; more bad files than one in a hundred are refused"
  )
  func nesting() throws {
    let folder = try TemporaryFolder()
    try fill(folder, "photos/", classes: ["cat", "ant"])
    let image = ImageTests.ramp(width: 8, height: 8, channels: 1)
    try folder.write(try PNG.encode(image), as: "photos/cat/2024/may/c.png")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/photos/cat/2024/loop", withDestinationPath: "..")
    let data = try DataSource.open(folder.path)
    #expect(data.train.classCounts == [2, 3])
    #expect(data.train.names.count == 5)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/photos/cat/gone.png", withDestinationPath: "nowhere.png")
    let error = #expect(throws: LeptonError.self) { try DataSource.open(folder.path) }
    #expect(error?.place.hasSuffix("cat/gone.png") == true)
    #expect(error?.fix.contains("max_bad") == true)
  }

  @Test("a folder with one class is refused")
  func oneClass() throws {
    let folder = try TemporaryFolder()
    try fill(folder, "", classes: ["cat"])
    let error = #expect(throws: LeptonError.self) { try DataSource.open("images:\(folder.path)") }
    #expect(error?.what.contains("one class") == true)
  }

  @Test("very unequal classes are noted")
  func imbalance() throws {
    let folder = try TemporaryFolder()
    try fill(folder, "", classes: ["cat", "ant"])
    let image = try PNG.encode(ImageTests.ramp(width: 8, height: 8, channels: 1))
    for index in 0..<20 { try folder.write(image, as: "cat/\(index).png") }
    let data = try DataSource.open(folder.path)
    #expect(data.notes.contains { $0.contains("22 examples of \"cat\", 2 of \"ant\"") })
  }
}

@Suite("EXIF orientation")
struct OrientationTests {
  /// A JPEG whose left half is dark, with the orientation in either byte order.
  private func jpeg(_ orientation: UInt8, isLittle: Bool) throws -> [UInt8] {
    let dark = (0..<(32 * 16)).map { UInt8($0 % 32 < 16 ? 0 : 255) }
    let plain = try JPEG.encode(Image(width: 32, height: 16, channels: 1, pixels: dark))
    let tiff: [UInt8] =
      isLittle
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
      : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
    let content = Array("Exif\0\0".utf8) + tiff
    let length = content.count + 2
    return plain[..<2] + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + content
      + plain[2...]
  }

  @Test(
    "the picture is turned upright: where its dark half is then",
    arguments: [
      (1, 32, "left"), (2, 32, "right"), (3, 32, "right"), (4, 32, "left"), (5, 16, "top"),
      (6, 16, "top"), (7, 16, "bottom"), (8, 16, "bottom"), (0, 32, "left"), (9, 32, "left"),
    ])
  func turns(orientation: Int, width: Int, dark: String) throws {
    for isLittle in [true, false] {
      let image = try Image.decode(try jpeg(UInt8(orientation), isLittle: isLittle))
      #expect(image.width == width)
      func isDark(_ x: Int, _ y: Int) -> Bool { image.pixels[y * image.width + x] < 128 }
      let sides = [
        "left": isDark(2, image.height / 2), "right": isDark(image.width - 3, image.height / 2),
        "top": isDark(image.width / 2, 2), "bottom": isDark(image.width / 2, image.height - 3),
      ]
      #expect(sides[dark] == true)
    }
  }

  @Test("a mirror and a half turn are not the same")
  func distinct() {
    let image = Image(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4])
    let expected: [Int: [UInt8]] = [
      1: [1, 2, 3, 4], 2: [2, 1, 4, 3], 3: [4, 3, 2, 1], 4: [3, 4, 1, 2], 5: [1, 3, 2, 4],
      6: [3, 1, 4, 2], 7: [4, 2, 3, 1], 8: [2, 4, 1, 3],
    ]
    for (code, pixels) in expected {
      #expect(image.turned(upright: Orientation(rawValue: code)!).pixels == pixels)
    }
  }
}
