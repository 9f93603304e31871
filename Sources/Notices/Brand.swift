private import Foundation

/// How mails and pages look: the operator's name and colours.
package struct Brand: Hashable, Sendable {
    package let name: String
    /// An `https` address of an image about 120 pixels wide.
    package let logoURL: String?
    /// `#rrggbb`.
    package let color: String
    /// Lines at the end of each mail, such as the company's address.
    package let footer: [String]

    package init(name: String, logoURL: String? = nil, color: String = "#1d4ed8", footer: [String] = []) {
        self.name = CleanText.line(name) ?? "Billing"
        self.logoURL = logoURL
        self.color = color.wholeMatch(of: /#[0-9a-fA-F]{6}/) == nil ? "#1d4ed8" : color
        self.footer = footer.compactMap { CleanText.line($0, limit: 300) }
    }

    /// White or near-black, whichever is easier to read on `color`; one of them always has a contrast of 4.5.
    package var textColor: String {
        let channels = stride(from: 1, to: 7, by: 2).map { offset -> Double in
            let digits = self.color.dropFirst(offset).prefix(2)
            let value = Double(Int(digits, radix: 16) ?? 0) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
        return 1.05 / (luminance + 0.05) >= 4.5 ? "#ffffff" : "#000000"
    }
}
