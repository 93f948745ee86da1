using System.CommandLine;
using Federation.Client;

namespace Federation.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Kubeconfig { get; } = new("--kubeconfig")
    {
        Description = "Kubeconfig of the federation. [default: $FED_KUBECONFIG, else .fed/kubeconfig]",
        Recursive = true,
        HelpName = "FILE",
    };

    public static Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "Namespace to work in.",
        DefaultValueFactory = _ => "default",
        Recursive = true,
        HelpName = "NAME",
    };

    public static Option<bool> AllNamespaces { get; } = new("--all-namespaces", "-A") { Description = "Every namespace." };

    public static FederationClient Connect(ParseResult parsed) => new(FederationConnection.Load(FederationConnection.Locate(parsed.GetValue(Kubeconfig))));

    /// <summary>The namespace asked for; null: every one.</summary>
    public static string? NamespaceOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Contains(AllNamespaces) && parsed.GetValue(AllNamespaces) ? null : parsed.GetValue(Namespace);
}
