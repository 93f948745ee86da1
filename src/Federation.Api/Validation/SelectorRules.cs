using Federation.Api.Selectors;

namespace Federation.Api.Validation;

internal static class SelectorRules
{
    public static void Validate(LabelSelector selector, FieldPath path, FieldErrors errors)
    {
        MetadataRules.ValidateLabels(selector.MatchLabels, path.Child("matchLabels"), errors);
        for (var i = 0; i < selector.MatchExpressions.Count; i++)
            Validate(selector.MatchExpressions[i], path.Child("matchExpressions").Index(i), errors);
    }

    private static void Validate(LabelRequirement requirement, FieldPath path, FieldErrors errors)
    {
        if (requirement.Key.Length == 0)
            errors.Required(path.Child("key"));
        else if (!Syntax.IsQualifiedName(requirement.Key))
            errors.Invalid(path.Child("key"), requirement.Key, Syntax.QualifiedNameRule);

        var takesValues = requirement.Operator is LabelOperator.In or LabelOperator.NotIn;
        if (takesValues && requirement.Values.Count == 0)
            errors.Required(path.Child("values"), "must be specified when operator is In or NotIn");
        if (!takesValues && requirement.Values.Count > 0)
            errors.Forbidden(path.Child("values"), "may not be specified when operator is Exists or DoesNotExist");
        for (var i = 0; i < requirement.Values.Count; i++)
        {
            if (!Syntax.IsLabelValue(requirement.Values[i]))
                errors.Invalid(path.Child("values").Index(i), requirement.Values[i], Syntax.LabelValueRule);
        }
    }
}
