import ArgumentParser
import Foundation
import LagoEvents
import Proxy
import Rules
import Settings
import Telemetry

/// `token`: what a customer shows to the API, for trying it out and for small set-ups.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a customer's token for the API, made with API_JWT_SECRET.",
        discussion: """
            Whoever has it may read what is the customer's own, buy paid credits and change own settings until it expires. \
            It cannot be taken back before, but by another API_JWT_SECRET.
            """
    )

    /// Longer ones are for whoever can take them back.
    private static let lifetimes = Duration.seconds(1)...Duration.seconds(86_400)

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The customer's external id.")
    var customer: String
    @Option(name: .long, help: "How long it holds, from 1s to 1d.")
    var ttl = "15m"

    private var lifetime: Duration? {
        DurationText.parse(self.ttl).flatMap { $0.components.attoseconds == 0 ? $0 : nil }
            .flatMap { Self.lifetimes.contains($0) ? $0 : nil }
    }

    func validate() throws {
        guard self.lifetime != nil else {
            throw ValidationError("--ttl takes a duration of whole seconds from 1s to 1d, as 15m")
        }
        guard CustomerTokens.customer(named: self.customer) != nil else {
            throw ValidationError("--customer takes an external id of 1 to 255 bytes without control characters")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let settings = try await self.settings.load().api
            guard case .secret(let secret) = settings.tokenIssuer else {
                throw Failure(
                    description: "API_JWT_SECRET: set it; tokens of API_JWT_PUBLIC_KEY and API_JWKS_URL are made by "
                        + "their issuer"
                )
            }
            guard let lifetime = self.lifetime, let customer = CustomerTokens.customer(named: self.customer) else {
                return
            }
            let (token, expires) = try await CustomerTokens.mint(
                for: customer,
                secret: secret,
                terms: TokenTerms(settings),
                lasting: lifetime,
                at: currentMilliseconds()
            )
            if self.output.json {
                return try Output.print(json: [TokenRow(customer: customer, token: token, expires: expires)])
            }
            print(token)
        }
    }
}

/// A token as `--json` shows it.
private struct TokenRow: Encodable {
    let token: String
    let customer: String
    let expiresAt: String

    init(customer: CustomerID, token: String, expires: Int64) {
        self.token = token
        self.customer = customer.rawValue
        self.expiresAt = Timestamp.text(milliseconds: expires)
    }

    private enum CodingKeys: String, CodingKey {
        case token
        case customer = "external_customer_id"
        case expiresAt = "expires_at"
    }
}
