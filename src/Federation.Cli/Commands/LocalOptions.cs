using System.CommandLine;
using Federation.Cli.Local;

namespace Federation.Cli.Commands;

internal static class LocalOptions
{
    public static Option<string> Data { get; } = new("--data")
    {
        Description = "Directory of the local federation: state, logs, kubeconfig.",
        DefaultValueFactory = _ => ".fed",
        HelpName = "DIR",
    };

    public static DataDirectory DataOf(System.CommandLine.ParseResult parsed) => new(parsed.GetValue(Data)!);
}
