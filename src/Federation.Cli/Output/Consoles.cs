using Spectre.Console;

namespace Federation.Cli.Output;

internal static class Consoles
{
    /// <summary>Wider than any table: a program that reads the output cuts lines itself.</summary>
    private const int UnboundedWidth = 4096;

    /// <summary>The terminal, or plain unwrapped text where the output goes to a file or a program.</summary>
    public static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        console.Profile.Width = UnboundedWidth;
        return console;
    }
}
