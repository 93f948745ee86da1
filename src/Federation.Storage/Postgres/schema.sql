-- version 1
SELECT 1;
