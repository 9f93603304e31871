package import Foundation

extension Notice {
    /// Optional mails that were held back, as one: nobody gets more than a few a day.
    package struct CustomerDigest: Hashable, Sendable {
        package struct Entry: Hashable, Sendable {
            /// What the mail's subject would have said, in the reader's language.
            package var title: String
            /// In milliseconds since 1970.
            package var at: Int64

            package init(title: String, at: Int64) {
                self.title = title
                self.at = at
            }
        }

        package var customerName: String?
        /// Oldest first; at least one, at most 20.
        package var entries: [Entry]
        /// How many more there are.
        package var more: Int
        package var zone: TimeZone
        package var billingURL: String

        package init(
            customerName: String?,
            entries: [Entry],
            more: Int = 0,
            zone: TimeZone = .gmt,
            billingURL: String
        ) {
            self.customerName = customerName
            self.entries = entries
            self.more = more
            self.zone = zone
            self.billingURL = billingURL
        }
    }

    /// What went wrong of late, for the operator; its texts are English sentences of our own and Lago's words.
    package struct OperatorDigest: Hashable, Sendable {
        package struct Entry: Hashable, Sendable {
            package var text: String
            /// In milliseconds since 1970.
            package var at: Int64
            /// The dashboard's page about it.
            package var link: String?

            package init(text: String, at: Int64, link: String? = nil) {
                self.text = text
                self.at = at
                self.link = link
            }
        }

        package struct Group: Hashable, Sendable {
            package var title: String
            /// How often it happened.
            package var count: Int
            /// The newest, at most five.
            package var entries: [Entry]

            package init(title: String, count: Int, entries: [Entry]) {
                self.title = title
                self.count = count
                self.entries = entries
            }
        }

        /// At least one.
        package var groups: [Group]
        /// In milliseconds since 1970.
        package var since: Int64
        /// The dashboard's page with all of it.
        package var link: String?

        package init(groups: [Group], since: Int64, link: String? = nil) {
            self.groups = groups
            self.since = since
            self.link = link
        }
    }

    /// The way into the billing page, asked for by an address.
    package struct SignInLink: Hashable, Sendable {
        package var customerName: String?
        /// Single use.
        package var url: String
        package var goodFor: Duration

        package init(customerName: String?, url: String, goodFor: Duration) {
            self.customerName = customerName
            self.url = url
            self.goodFor = goodFor
        }
    }
}
