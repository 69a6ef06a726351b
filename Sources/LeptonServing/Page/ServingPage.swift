import Foundation
import HTTPTypes
import LeptonData

/// The page at `/`: drop an image or type a row, see what the model says. One file without network beside the server
/// itself; it holds no facts of the model, which it asks the server for, so it may be read by everyone.
struct ServingPage: Sendable {
  let reply: Reply

  init() {
    let html = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Lepton</title>
      <link rel="icon" href="data:,">
      <style>\(ServingPageStyle.css)</style>
      </head>
      <body>
      \(ServingPageMarkup.html)
      <script>\(ServingPageScript.javaScript)</script>
      </body>
      </html>

      """
    var reply = Reply(Array(html.utf8), type: "text/html; charset=utf-8")
    reply.fields = [
      HTTPField(name: .contentSecurityPolicy, value: Self.policy),
      HTTPField(name: HTTPField.Name("Referrer-Policy")!, value: "no-referrer"),
    ]
    self.reply = reply
  }

  /// Only the page's own script and style run, and nothing but this server is asked.
  private static let policy = [
    "default-src 'none'", "script-src '\(source(ServingPageScript.javaScript))'",
    "style-src '\(source(ServingPageStyle.css))'", "img-src blob: data:", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  private static func source(_ text: String) -> String {
    let hex = Array(SHA256.hex(of: Array(text.utf8)))
    let digest = stride(from: 0, to: hex.count, by: 2).compactMap { place in
      UInt8(String(hex[place..<(place + 2)]), radix: 16)
    }
    return "sha256-" + Data(digest).base64EncodedString()
  }
}
