using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Federation.Yaml;

/// <summary>What a plain scalar means: YAML 1.2, section 10.3.2 (core schema). <c>yes</c>, <c>on</c> and <c>0777</c> are not special there.</summary>
internal static partial class YamlScalars
{
    public static void Write(YamlNode.Scalar scalar, Utf8JsonWriter json)
    {
        if (!scalar.IsPlain || scalar.Tag is "!" or "tag:yaml.org,2002:str")
        {
            json.WriteStringValue(scalar.Text);
            return;
        }

        if (scalar.Tag.Length > 0 && !scalar.Tag.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal))
            throw new YamlSyntaxException($"the tag {scalar.Tag} is not supported", scalar.Line, scalar.Column);
        switch (scalar.Text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                json.WriteNullValue();
                return;
            case "true" or "True" or "TRUE":
                json.WriteBooleanValue(true);
                return;
            case "false" or "False" or "FALSE":
                json.WriteBooleanValue(false);
                return;
        }

        if (!TryWriteNumber(scalar, json))
            json.WriteStringValue(scalar.Text);
    }

    /// <summary>True for text that would not come back as the same string if it were written plain.</summary>
    public static bool MeansSomethingElse(string text) =>
        text is "" or "~" or "null" or "Null" or "NULL" or "true" or "True" or "TRUE" or "false" or "False" or "FALSE"
            // Not special in YAML 1.2, but readers of 1.1 take these for booleans.
            or "y" or "Y" or "yes" or "Yes" or "YES" or "n" or "N" or "no" or "No" or "NO" or "on" or "On" or "ON" or "off" or "Off" or "OFF"
        || Decimal().IsMatch(text) || Based().IsMatch(text) || Real().IsMatch(text) || OtherReal().IsMatch(text)
        // Dates are strings in JSON and timestamps in YAML 1.1.
        || Date().IsMatch(text);

    private static bool TryWriteNumber(YamlNode.Scalar scalar, Utf8JsonWriter json)
    {
        var text = scalar.Text;
        if (Decimal().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumberValue(number);
        }
        else if (Based().IsMatch(text))
        {
            try
            {
                json.WriteNumberValue(Convert.ToInt64(text[2..], text[1] == 'x' ? 16 : 8));
            }
            catch (OverflowException overflow)
            {
                throw new YamlSyntaxException($"the number {text} is too large", scalar.Line, scalar.Column, overflow);
            }
        }
        else if (Real().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real))
        {
            json.WriteNumberValue(real);
        }
        else if (OtherReal().IsMatch(text))
        {
            throw new YamlSyntaxException($"{text} has no form in JSON", scalar.Line, scalar.Column);
        }
        else
        {
            return false;
        }

        return true;
    }

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Decimal();

    [GeneratedRegex("^(0o[0-7]+|0x[0-9a-fA-F]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Based();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Real();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherReal();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Date();
}
