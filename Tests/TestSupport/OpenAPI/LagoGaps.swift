/// Where Lago's OpenAPI document and Lago itself disagree: Lago is right.
package enum LagoGaps {
    /// Of requests that the document does not allow, and Lago takes.
    package static var requests: [Regex<Substring>] {
        [
            /GET \/customers: no parameter external_id/, /GET \/health: no such call/,
            /GET \/organizations: no such call/,
            // Since 1.51; older ones ignore it.
            /GET \/wallets\/\{lago_id\}\/wallet_transactions: no parameter metadata\[sluice_id\]/,
            /GET \/wallets: external_customer_id is missing/,
            // An integer is one choice of two, a number the other.
            /POST \/events(?:\/batch)?: \$\.events?(?:\[\d+\])?\.properties\..* is valid under each of .*/,
            /PUT \/subscriptions\/\{external_id\}: .*'ending_at' is a required property/,
        ]
    }

    /// Of answers that differ from the document.
    package static var answers: [Regex<Substring>] {
        [
            /Wallet.*\.balance: missing/,  // no such field
            /.*\.payment_method\.payment_method_id: null is not string/,  // null by default
            /.*\.on_termination_credit_note: null is not .*/, /.*\.cancellation_reason: null is not .*/,
            /.*\.(?:payment_dispute_lost_at|file_url|pricing_unit_details|total_aggregated_units): null is not .*/,
            /.*\.(?:invoice_grace_period|invoice_display_name|description|expression): null is not .*/,
            /PaymentsPaginated.*\.reference: null is not string/,
            /PaymentsPaginated.*\.payment_provider_type: "PaymentProviders::StripeProvider" is not in the enum/,
            /.*\.billing_configuration\.(?:payment_provider|payment_provider_code|document_locale): null is not string/,
        ]
    }

    /// The lines that are not known.
    package static func without(_ gaps: [Regex<Substring>], _ lines: [String]) -> [String] {
        lines.filter { line in !gaps.contains { line.wholeMatch(of: $0) != nil } }
    }
}
