using System.Net;
using Federation.Api.Validation;

namespace Federation.Api.Regions;

internal sealed class RegionRules : KindRules<Region, RegionSpec>
{
    private static readonly FieldPath Location = FieldPath.Spec.Child("location");

    protected override RegionSpec Spec(Region resource) => resource.Spec;

    protected override void Validate(Region resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        if (spec.Location is { } location)
        {
            ValidateDegrees(location.Latitude, 90, Location.Child("latitude"), errors);
            ValidateDegrees(location.Longitude, 180, Location.Child("longitude"), errors);
        }

        ValidateNetworks(spec.ClientNetworks, FieldPath.Spec.Child("clientNetworks"), errors);
        ValidateCountries(spec.ClientCountries, FieldPath.Spec.Child("clientCountries"), errors);
        ValidateNearest(resource.Metadata.Name, spec.Nearest, FieldPath.Spec.Child("nearest"), errors);
    }

    private static void ValidateDegrees(double? degrees, int most, FieldPath path, FieldErrors errors)
    {
        if (degrees is null)
            errors.Required(path);
        else if (!(Math.Abs(degrees.Value) <= most))
            errors.Invalid(path, degrees.Value, $"must be between -{most} and {most}");
    }

    private static void ValidateNetworks(IReadOnlyList<string> networks, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<IPNetwork>();
        for (var i = 0; i < networks.Count; i++)
        {
            if (!IsNetwork(networks[i], out var network))
                errors.Invalid(path.Index(i), networks[i], "must be a network such as 10.1.0.0/16 or 2001:db8::/32, with no bits set after the prefix");
            else if (!seen.Add(network))
                errors.Duplicate(path.Index(i), networks[i]);
        }
    }

    private static void ValidateCountries(IReadOnlyList<string> countries, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < countries.Count; i++)
        {
            if (countries[i].Length != 2 || !countries[i].All(char.IsAsciiLetterUpper))
                errors.Invalid(path.Index(i), countries[i], "must be two capital letters, such as DE");
            else if (!seen.Add(countries[i]))
                errors.Duplicate(path.Index(i), countries[i]);
        }
    }

    /// <summary>The parser takes "1/8" for 0.0.0.1; what comes out must be what went in.</summary>
    private static bool IsNetwork(string text, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network) && (text.Contains(':') ? !text.Contains('%') : network.ToString() == text);

    private static void ValidateNearest(string own, IReadOnlyList<string> names, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < names.Count; i++)
        {
            if (!Syntax.IsDns1123Label(names[i]))
                errors.Invalid(path.Index(i), names[i], Syntax.Dns1123LabelRule);
            else if (names[i] == own)
                errors.Invalid(path.Index(i), names[i], "must be another region");
            else if (!seen.Add(names[i]))
                errors.Duplicate(path.Index(i), names[i]);
        }
    }
}
