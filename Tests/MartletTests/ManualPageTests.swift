import Foundation
import Testing

@testable import martlet

@Suite struct `A manual page` {
    private func page(_ json: String) throws -> String {
        let tool = try JSONDecoder().decode(CommandDescription.Tool.self, from: Data(json.utf8))
        return ManualPage.page(for: tool.command, version: "1.2.3")
    }

    @Test func `has each option with its value, text and default`() throws {
        let page = try page(
            """
            {"command":{"commandName":"tool","shouldDisplay":true,"abstract":"Does things.","arguments":[
             {"kind":"option","shouldDisplay":true,"isOptional":true,"isRepeating":false,"valueName":"size",
              "names":[{"kind":"short","name":"s"},{"kind":"long","name":"size"}],"defaultValue":"80x24","abstract":"How large."}]}}
            """)
        #expect(page.contains(".SH NAME\ntool \\- Does things."))
        #expect(
            page.contains(".TP\n\\fB\\-s\\fR, \\fB\\-\\-size\\fR \\fIsize\\fR\nHow large. (default: 80x24)"))
    }

    @Test func `has the commands of every level, each with its options`() throws {
        let page = try page(
            """
            {"command":{"commandName":"tool","shouldDisplay":true,"subcommands":[{"commandName":"rules","shouldDisplay":true,"abstract":"Of rules.","subcommands":[
             {"commandName":"try","shouldDisplay":true,"abstract":"Try one.","arguments":[
              {"kind":"option","shouldDisplay":true,"isOptional":true,"isRepeating":false,"valueName":"span",
               "names":[{"kind":"long","name":"since"}],"abstract":"How far back."}]}]}]}}
            """)
        #expect(page.contains("\\fBtool rules try\\fR [\\-\\-since \\fIspan\\fR]"))
        #expect(page.contains(".SS rules\nOf rules.\n.SS rules try\nTry one.\n.TP"))
        #expect(page.contains("How far back."))
    }

    @Test func `leaves hidden commands and options out`() throws {
        let page = try page(
            """
            {"command":{"commandName":"tool","shouldDisplay":true,"arguments":[
             {"kind":"flag","shouldDisplay":false,"isOptional":true,"isRepeating":false,"names":[{"kind":"long","name":"secret"}]}],
             "subcommands":[{"commandName":"help","shouldDisplay":true},{"commandName":"inner","shouldDisplay":false}]}}
            """)
        #expect(!page.contains("secret") && !page.contains("inner") && !page.contains(".SH COMMANDS"))
    }

    @Test func `lets no text begin a macro line`() {
        let page = ManualPage.page(
            name: "tool", abstract: "x", help: "USAGE:\n.so /etc/passwd\n'br\n", version: "1")
        #expect(page.contains("\\&.so /etc/passwd") && page.contains("\\&'br"))
    }
}
