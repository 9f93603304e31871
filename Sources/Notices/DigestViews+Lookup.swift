private import Mustache

// How templates read the views of digests, and of the link to sign in.

extension CustomerDigestView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "count": self.count
        case "entries": self.entries
        case "rest": self.rest
        case "link": self.link
        default: nil
        }
    }
}

extension CustomerDigestView.Entry: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "heading": self.heading
        case "time": self.time
        default: nil
        }
    }
}

extension OperatorDigestView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "count": self.count
        case "topics": self.topics
        case "since": self.since
        case "groups": self.groups
        case "link": self.link
        default: nil
        }
    }
}

extension OperatorDigestView.Group: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "heading": self.heading
        case "times": self.times
        case "entries": self.entries
        case "rest": self.rest
        default: nil
        }
    }
}

extension OperatorDigestView.Entry: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "what": self.what
        case "time": self.time
        case "page": self.page
        default: nil
        }
    }
}

extension SignInLinkView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "goodFor": self.goodFor
        case "link": self.link
        default: nil
        }
    }
}
