/// Letters of five by nine pixels, two of them below the base line, for labels on pictures.
enum PixelFont {
  static let width = 5
  static let height = 9
  /// From one letter to the next.
  static let advance = 6

  /// The rows of a letter from the top, the leftmost pixel as 16; those of a box where there is no such letter.
  static func rows(of character: Character) -> [UInt8] {
    character == " " ? [] : letters[character] ?? missing
  }

  private static let missing: [UInt8] = [31, 17, 17, 17, 17, 17, 31]

  private static let letters = digits.mapValues { rows in
    rows.compactMap { UInt8(String($0), radix: 32) }
  }

  /// A row is a digit to base 32.
  private static let digits: [Character: String] = [
    "!": "4444404", "\"": "AAA0000", "#": "AAVAVAA", "$": "4FKE5U4", "%": "PQ248BJ",
    "&": "CIICLID", "'": "4480000", "(": "2488842", ")": "8422248", "*": "0LE4EL0",
    "+": "044V440", ",": "00000CC48", "-": "000E000", ".": "00000CC", "/": "11248GG",
    "0": "EHJLPHE", "1": "4C4444E", "2": "EH1248V", "3": "EH161HE", "4": "26AIV22",
    "5": "VGU11HE", "6": "68GUHHE", "7": "V124488", "8": "EHHEHHE", "9": "EHHF12C",
    ":": "0CC0CC0", ";": "0CC0CC48", "<": "248G842", "=": "00V0V00", ">": "8421248",
    "?": "EH12404", "@": "EHNLNGE", "A": "EHHVHHH", "B": "UHHUHHU", "C": "EHGGGHE",
    "D": "UHHHHHU", "E": "VGGUGGV", "F": "VGGUGGG", "G": "EHGNHHF", "H": "HHHVHHH",
    "I": "E44444E", "J": "72222IC", "K": "HIKOKIH", "L": "GGGGGGV", "M": "HRLLHHH",
    "N": "HPPLJJH", "O": "EHHHHHE", "P": "UHHUGGG", "Q": "EHHHLID", "R": "UHHUKIH",
    "S": "FGGE11U", "T": "V444444", "U": "HHHHHHE", "V": "HHHHAA4", "W": "HHHLLRH",
    "X": "HHA4AHH", "Y": "HHA4444", "Z": "V1248GV", "[": "E88888E", "\\": "GG84211",
    "]": "E22222E", "^": "4AH0000", "_": "0000000V", "`": "8400000", "a": "00E1FHF",
    "b": "GGUHHHU", "c": "00EHGHE", "d": "11FHHHF", "e": "00EHVGE", "f": "698S888",
    "g": "00FHHHF1E", "h": "GGUHHHH", "i": "40C444E", "j": "2062222IC", "k": "GGIKOKI",
    "l": "C44444E", "m": "00QLLLL", "n": "00UHHHH", "o": "00EHHHE", "p": "00UHHHUGG",
    "q": "00FHHHF11", "r": "00MPGGG", "s": "00FGE1U", "t": "88S8896", "u": "00HHHHF",
    "v": "00HHHA4", "w": "00HHLLA", "x": "00HA4AH", "y": "00HHHHF1E", "z": "00V248V",
    "{": "3448443", "|": "44444444", "}": "O44244O", "~": "009LI00",
  ]
}
