import ArgumentParser
import Mail
import Settings

/// `mail dkim`: what has to be in the DNS, told before the first mail.
struct DKIMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim",
        abstract: "Print the DNS record that the signatures of DKIM_KEY need; nothing is sent.",
        discussion: "In a zone file, break the text into strings of at most 255 characters each."
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            let settings = try await self.settings.load().mail
            guard let signer = try DKIMSigner(settings: settings, now: currentMilliseconds) else {
                throw Failure(description: "DKIM_KEY: set it, and DKIM_SELECTOR; without them mails leave unsigned")
            }
            if self.output.json { return try Output.print(json: DKIMRow(signer.record)) }
            print(signer.record)
        }
    }
}

/// The DNS record that a signature needs, as `--json` shows it.
struct DKIMRow: Encodable {
    let name: String
    let text: String

    init(_ record: DKIMSigner.Record) {
        (self.name, self.text) = (record.name, record.text)
    }
}
